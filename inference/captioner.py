"""BLIP: one sentence for each picture, greedily, a batch at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import torch
from PIL import Image
from transformers import AutoTokenizer, BlipForConditionalGeneration

from pictures import preparation
from sources import Source
from towers import kind_of

CAPTION_TOKENS: Final = 20  # BLIP's own length; a caption that is longer has begun to repeat itself
AT_ONCE: Final = {"cpu": 8, "cuda": 64}


class Captioner:
    def __init__(self, source: Source, device: torch.device, dtype: torch.dtype) -> None:
        kind = kind_of(source, ("blip",))
        model = BlipForConditionalGeneration.from_pretrained(source.folder)
        self._model: Any = model.eval().to(device=device, dtype=dtype)
        self._words: Any = AutoTokenizer.from_pretrained(source.folder)
        self._preparation = preparation(source.folder, kind)
        self._device, self._dtype = device, dtype

    def pixels(self, picture: Image.Image) -> np.ndarray:
        return self._preparation.pixels(picture)

    def captions(self, pixels: Sequence[np.ndarray]) -> list[str]:
        """Of what `pixels` made; empty where the model has nothing to say."""
        step = AT_ONCE[self._device.type]
        return [text for at in range(0, len(pixels), step) for text in self._captions(list(pixels[at : at + step]))]

    def _captions(self, pixels: list[np.ndarray]) -> list[str]:
        values = self._preparation.values(pixels, self._device, self._dtype)
        tokens = self._model.generate(pixel_values=values, max_new_tokens=CAPTION_TOKENS, num_beams=1, do_sample=False)
        return [text.strip() for text in self._words.batch_decode(tokens, skip_special_tokens=True)]
