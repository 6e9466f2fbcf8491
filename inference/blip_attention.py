"""Two things that transformers does slowly in BLIP, done once over its own weights: the same numbers, less work.

Its picture tower writes every attention matrix out (577 x 577 for each head and layer); torch has a fused attention. And its
decoder in transformers 4 computes keys and values of the picture again for every word it says.
"""

from __future__ import annotations

from typing import Any

import torch
import transformers
from torch import nn


def quicken(model: Any) -> None:
    """Changes a BlipForConditionalGeneration in place. The names used are those of its published weights."""
    for layer in model.vision_model.encoder.layers:
        layer.self_attn = PictureAttention(layer.self_attn)
    if int(transformers.__version__.partition(".")[0]) >= 5:
        return  # its own cache does it
    for layer in model.text_decoder.bert.encoder.layer:
        across = layer.crossattention.self
        across.key, across.value = Remembering(across.key), Remembering(across.value)


def forget(model: Any) -> None:
    """Lets go of what was remembered: 40 MB for each picture."""
    for module in model.modules():
        if isinstance(module, Remembering):
            module.asked = module.answer = None


class PictureAttention(nn.Module):
    """Attention among all patches of a picture; takes the place of transformers' BlipAttention."""

    def __init__(self, slow: Any) -> None:
        super().__init__()
        self.qkv, self.projection, self.heads = slow.qkv, slow.projection, slow.num_heads

    def forward(self, hidden_states: torch.Tensor, **_: Any) -> tuple[torch.Tensor, None]:
        """(n, patches, width) to the same; no attention matrix is there to be given back."""
        many, patches, width = hidden_states.shape
        mixed = self.qkv(hidden_states).view(many, patches, 3, self.heads, width // self.heads)
        query, key, value = mixed.permute(2, 0, 3, 1, 4)
        seen = nn.functional.scaled_dot_product_attention(query, key, value)
        return self.projection(seen.transpose(1, 2).reshape(many, patches, width)), None


class Remembering(nn.Module):
    """A linear layer that knows the answer when it is asked the very same tensor again, as the decoder does at every word."""

    def __init__(self, linear: nn.Module) -> None:
        super().__init__()
        self.linear = linear
        self.asked: torch.Tensor | None = None
        self.answer: torch.Tensor | None = None

    def forward(self, asked: torch.Tensor) -> torch.Tensor:
        if self.answer is None or asked is not self.asked:
            self.asked, self.answer = asked, self.linear(asked)
        return self.answer
