"""What Hugging Face Inference Endpoints call: EndpointHandler(path), then handler(data) for each request, one at a time.

The contract is in README.md beside this file. Errors of a whole request are exceptions whose text is "code: message".
"""

from __future__ import annotations

import logging
import os
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
import transformers
from PIL import Image

from captioner import Captioner
from machine import half_precision, tune
from pictures import decode
from sources import locate
from towers import Towers, kind_of
from wire import VERSION, Fault, Item, Read, Refused, parse

CLIP_MODEL: Final = "openai/clip-vit-base-patch32"
CAPTION_MODEL: Final = "Salesforce/blip-image-captioning-base"
DIGITS: Final = 7  # decimals of a vector's numbers: float32 has no more, and the answer is half as long

logger = logging.getLogger("sightsync")


class EndpointHandler:
    """Both models are found (and fetched) at the start; BLIP is loaded when the first caption is wanted."""

    def __init__(self, path: str = "") -> None:
        beside = Path(path or ".")
        clip = locate(os.environ.get("SIGHTSYNC_CLIP_MODEL") or CLIP_MODEL, beside)
        self._caption_source = locate(os.environ.get("SIGHTSYNC_CAPTION_MODEL") or CAPTION_MODEL, beside)
        kind_of(self._caption_source, ("blip",))
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._dtype = half_precision(self._device)
        self._threads = ThreadPoolExecutor(tune(), thread_name_prefix="decode")
        self._captioner: Captioner | None = None
        with torch.inference_mode():
            self._towers = Towers(clip, self._device, self._dtype)

    @property
    def says(self) -> str:
        """What it runs, for people."""
        where = torch.cuda.get_device_name() if self._device.type == "cuda" else f"{torch.get_num_threads()} threads"
        return f"{self._towers.space} and {self._caption_source.label}, transformers {transformers.__version__}, {where}"

    def __call__(self, data: dict[str, Any]) -> dict[str, Any]:
        """The answer, or Refused. Whatever else goes wrong is logged by its kind and place: its text may quote what was sent."""
        try:
            asked = parse(data)
            with torch.inference_mode():
                return self._read(asked) if isinstance(asked, Read) else self._embed(list(asked.texts))
        except Refused:
            raise
        except torch.OutOfMemoryError as exc:
            torch.cuda.empty_cache()
            raise Refused("out_of_memory", "the model ran out of memory; send fewer items at once") from exc
        except Exception as exc:  # noqa: BLE001  # the toolkit would send its text to the client
            logger.error("failed: %s\n%s", type(exc).__name__, "".join(traceback.format_tb(exc.__traceback__)))  # noqa: TRY400
            raise Refused("internal", f"the handler failed ({type(exc).__name__}); its log says where") from None

    def _read(self, asked: Read) -> dict[str, Any]:
        vectors, captions = "vectors" in asked.want, "caption" in asked.want
        makers = ([self._towers.pixels] if vectors else []) + ([self._blip().pixels] if captions else [])
        prepared = list(self._threads.map(lambda item: _prepare(item, makers), asked.items))
        good = [index for index, one in enumerate(prepared) if not isinstance(one, Fault)]
        answers: list[dict[str, Any]] = [one.answer() if isinstance(one, Fault) else {} for one in prepared]
        if good and captions:
            self._say([answers[index] for index in good], [prepared[index][-1] for index in good])
        if good and vectors:
            texts = [asked.items[index].texts for index in good]
            self._place([answers[index] for index in good], [prepared[index][0] for index in good], texts)
        return {**self._about(), "caption_model": self._caption_source.label, "items": answers}

    def _blip(self) -> Captioner:
        if self._captioner is None:
            self._captioner = Captioner(self._caption_source, self._device, self._dtype)
        return self._captioner

    def _say(self, answers: list[dict[str, Any]], pixels: list[np.ndarray]) -> None:
        for answer, caption in zip(answers, self._blip().captions(pixels), strict=True):
            answer["caption"] = caption or None

    def _place(self, answers: list[dict[str, Any]], pixels: list[np.ndarray], texts: list[tuple[str, ...]]) -> None:
        """Vectors of pictures, and of all their texts and captions in one go."""
        images = self._towers.images(pixels)
        captions = [answer["caption"] for answer in answers if answer.get("caption")]
        vectors, counts = self._towers.texts([*captions, *(text for few in texts for text in few)])
        of_captions = iter(vectors[: len(captions)])
        rest = iter(zip(vectors[len(captions) :], counts[len(captions) :], strict=True))
        for answer, image, few in zip(answers, images, texts, strict=True):
            answer["image_vector"] = _plain(image)
            if "caption" in answer:
                answer["caption_vector"] = _plain(next(of_captions)) if answer["caption"] else None
            read = [next(rest) for _ in few]
            answer["text_vectors"] = [_plain(vector) for vector, _ in read]
            answer["text_tokens"] = [count for _, count in read]

    def _embed(self, texts: list[str]) -> dict[str, Any]:
        vectors, counts = self._towers.texts(texts)
        return {**self._about(), "text_vectors": [_plain(vector) for vector in vectors], "text_tokens": counts}

    def _about(self) -> dict[str, Any]:
        towers = self._towers
        return {"v": VERSION, "space": towers.space, "dim": towers.dim, "max_tokens": towers.max_tokens}


def _prepare(item: Item | Fault, makers: list[Callable[[Image.Image], np.ndarray]]) -> Fault | list[np.ndarray]:
    """One picture as each model wants it, decoded once."""
    picture = item if isinstance(item, Fault) else decode(item.image)
    return picture if isinstance(picture, Fault) else [make(picture) for make in makers]


def _plain(vector: np.ndarray) -> list[float]:
    plain: list[float] = np.round(vector.astype(np.float64), DIGITS).tolist()
    return plain
