"""CLIP or SigLIP: vectors of pictures and of texts in one space."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import torch
from transformers import AutoTokenizer, CLIPModel, SiglipModel

from pictures import preparation
from sources import Source
from wire import Refused

PREPARED: Final = "pre1"  # changes with whatever here moves a vector, and with it the name of the space
KINDS: Final[dict[str, Any]] = {"clip": CLIPModel, "siglip": SiglipModel}
PICTURES_AT_ONCE: Final = {"cpu": 8, "cuda": 64}  # bounds memory; more at once is no faster
TOKENS_AT_ONCE: Final = {"cpu": 2048, "cuda": 16384}


class Towers:
    """Vectors are float32 and L2-normalised, whatever the model computes in."""

    def __init__(self, source: Source, device: torch.device, dtype: torch.dtype) -> None:
        self.kind = kind_of(source, KINDS)
        model = KINDS[self.kind].from_pretrained(source.folder, attn_implementation="sdpa")
        self._model: Any = model.eval().to(device=device, dtype=dtype)
        self._words: Any = AutoTokenizer.from_pretrained(source.folder)
        self._preparation = preparation(source.folder, self.kind)
        self.pixels = self._preparation.pixels
        self._device, self._dtype = device, dtype
        self.space = f"{source.label}+{PREPARED}"
        self.max_tokens = int(model.config.text_config.max_position_embeddings)
        self.dim = int(self._vectors_of_tokens([[0, 1]]).shape[1])

    def images(self, pixels: Sequence[np.ndarray]) -> np.ndarray:
        """(n, dim) of what `pixels` made."""
        step = PICTURES_AT_ONCE[self._device.type]
        return np.concatenate([self._vectors_of_pixels(list(pixels[at : at + step])) for at in range(0, len(pixels), step)])

    def _vectors_of_pixels(self, pixels: list[np.ndarray]) -> np.ndarray:
        values = self._preparation.values(pixels, self._device, self._dtype)
        pooled = self._model.vision_model(pixel_values=values).pooler_output
        return _normal(self._model.visual_projection(pooled) if self.kind == "clip" else pooled)

    def texts(self, texts: Sequence[str]) -> tuple[np.ndarray, list[int]]:
        """(n, dim), and how many tokens each has with the special ones; of more than `max_tokens`, the rest was not read."""
        different = list(dict.fromkeys(texts))
        if not different:
            return np.empty((0, self.dim), np.float32), []
        tokens, counts = self._tokens(different)
        vectors = self._in_chunks(tokens)
        at = {text: index for index, text in enumerate(different)}
        return vectors[[at[text] for text in texts]], [counts[at[text]] for text in texts]

    def _tokens(self, texts: list[str]) -> tuple[list[list[int]], list[int]]:
        # SigLIP was trained on lower case; tokenizers of SigLIP 2 leave that to their caller.
        said = [text.lower() for text in texts] if self.kind == "siglip" else texts
        tokens = self._words(said, truncation=True, max_length=self.max_tokens)["input_ids"]
        counts = [len(one) for one in tokens]
        for index, count in enumerate(counts):
            if count == self.max_tokens:  # perhaps cut: only then is it worth counting again
                counts[index] = len(self._words(said[index], truncation=False, verbose=False)["input_ids"])
        return tokens, counts

    def _in_chunks(self, tokens: list[list[int]]) -> np.ndarray:
        """Those of like length together: less padding, and a bound on memory."""
        order = sorted(range(len(tokens)), key=lambda index: len(tokens[index]))
        vectors = np.empty((len(tokens), self.dim), np.float32)
        chunk: list[int] = []
        for index in order:
            if chunk and (len(chunk) + 1) * self._width(tokens[index]) > TOKENS_AT_ONCE[self._device.type]:
                vectors[chunk] = self._vectors_of_tokens([tokens[one] for one in chunk])
                chunk = []
            chunk.append(index)
        vectors[chunk] = self._vectors_of_tokens([tokens[one] for one in chunk])
        return vectors

    def _width(self, longest: list[int]) -> int:
        return self.max_tokens if self.kind == "siglip" else len(longest)

    def _vectors_of_tokens(self, tokens: list[list[int]]) -> np.ndarray:
        """CLIP looks back only and pools at the first end mark, so padding says nothing to it. SigLIP was trained on texts
        padded to its full length, reads the padding, and pools at the last place."""
        width = self._width(max(tokens, key=len))
        filler = self._words.pad_token_id
        padded = torch.tensor([one + [filler] * (width - len(one)) for one in tokens], device=self._device)
        pooled = self._model.text_model(input_ids=padded).pooler_output
        return _normal(self._model.text_projection(pooled) if self.kind == "clip" else pooled)


def kind_of(source: Source, known: Any) -> str:
    """`model_type` of a folder's config.json, when it is one of these."""
    kind = json.loads((source.folder / "config.json").read_text(encoding="utf-8")).get("model_type")
    if kind not in known:
        raise Refused("model_unsupported", f"{source.label} is of the kind {kind}; known are {', '.join(known)}")
    return str(kind)


def _normal(vectors: torch.Tensor) -> np.ndarray:
    """float32, each of norm 1."""
    wide: np.ndarray = torch.nn.functional.normalize(vectors.float(), dim=-1).cpu().numpy()
    return wide
