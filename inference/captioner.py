"""BLIP: one sentence for each picture, greedily, a batch at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import torch
from transformers import AutoTokenizer, BlipForConditionalGeneration

from blip_attention import forget, quicken
from machine import sight_precision
from pictures import preparation
from sources import Source
from towers import kind_of

CAPTION_TOKENS: Final = 20  # BLIP's own length; a caption that is longer has begun to repeat itself
SEEN_AT_ONCE: Final = {"cpu": 2, "cuda": 32}  # on a processor, what one picture leaves behind in a layer should stay in its caches
SAID_AT_ONCE: Final = {"cpu": 16, "cuda": 64}  # each word costs one pass over all weights, however many pictures it is for


class Captioner:
    def __init__(self, source: Source, device: torch.device, dtype: torch.dtype, sight: torch.dtype | None = None) -> None:
        """`sight`: what pictures are looked at in, if not in what this machine is best at."""
        kind = kind_of(source, ("blip",))
        model: Any = BlipForConditionalGeneration.from_pretrained(source.folder)
        quicken(model)
        self._model = model.eval().to(device=device, dtype=dtype)
        self._sight = sight or sight_precision(device, sum(one.numel() for one in model.vision_model.parameters()))
        self._model.vision_model.to(self._sight)
        self._words: Any = AutoTokenizer.from_pretrained(source.folder)
        self._preparation = preparation(source.folder, kind)
        self.pixels = self._preparation.pixels
        self._device, self._dtype = device, dtype

    def captions(self, pixels: Sequence[np.ndarray]) -> list[str]:
        """Of what `pixels` made; empty where the model has nothing to say."""
        step = SAID_AT_ONCE[self._device.type]
        return [text for at in range(0, len(pixels), step) for text in self._say(list(pixels[at : at + step]))]

    def _say(self, pixels: list[np.ndarray]) -> list[str]:
        """What BlipForConditionalGeneration.generate does without a prompt, but that pictures are seen in smaller lots."""
        seen = self._see(pixels)
        marks = self._model.config.text_config
        tokens = self._model.text_decoder.generate(
            input_ids=torch.full((len(pixels), 1), marks.bos_token_id, device=self._device),
            encoder_hidden_states=seen,
            encoder_attention_mask=torch.ones(seen.shape[:2], dtype=torch.long, device=self._device),
            eos_token_id=marks.sep_token_id,
            pad_token_id=marks.pad_token_id,
            max_new_tokens=CAPTION_TOKENS,
            num_beams=1,
            do_sample=False,
        )
        forget(self._model)
        return [text.strip() for text in self._words.batch_decode(tokens, skip_special_tokens=True)]

    def _see(self, pixels: list[np.ndarray]) -> torch.Tensor:
        """What the picture tower makes of them, (n, patches + 1, width), in what the decoder computes in."""
        step = SEEN_AT_ONCE[self._device.type]
        lots = [pixels[at : at + step] for at in range(0, len(pixels), step)]
        values = (self._preparation.values(lot, self._device, self._sight) for lot in lots)
        return torch.cat([self._model.vision_model(pixel_values=value).last_hidden_state for value in values]).to(self._dtype)
