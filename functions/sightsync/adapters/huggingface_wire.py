"""What goes to inference/handler.py and comes back: questions in portions, answers checked before anybody believes them.

Version 1 of the contract is in section 4 of the design. Nothing here knows HTTP.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeGuard

from sightsync.adapters.huggingface_http import Trouble
from sightsync.ports import Picture, Reading, VisionError, Want

if TYPE_CHECKING:
    from sightsync.ports import Vector

VERSION = 1
MAX_ITEMS = 32  # pictures in one request
MAX_TEXTS = 128  # texts in one request that embeds
MAX_BODY = 6 * 1024 * 1024  # characters of pictures in one request; a picture of 768 px has 50 to 400 KB
MAX_DIM = 8192
MAX_CAPTION = 500  # characters
NORM_TOLERANCE = 0.02  # half precision is off by 0.001
BAD_VECTOR = "bad_vector"


@dataclass(frozen=True)
class Models:
    """What an answer says of the models behind it."""

    space: str
    dim: int
    max_tokens: int | None = None
    caption_model: str | None = None


# --- Questions --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ask:
    """One picture and its texts. Texts without a letter in them are not sent: they say nothing in any space."""

    image: str  # base64
    texts: tuple[str, ...]

    @property
    def sent(self) -> list[str]:
        return said(self.texts)

    @property
    def size(self) -> int:
        return len(self.image) + sum(map(len, self.sent))


def asks(pictures: Sequence[Picture], texts: Sequence[Sequence[str]], want: Sequence[Want]) -> list[Ask]:
    """Texts are only for vectors."""
    vectors = "vectors" in want
    return [
        Ask(base64.b64encode(picture.jpeg).decode("ascii"), tuple(own) if vectors else ())
        for picture, own in zip(pictures, texts, strict=True)
    ]


def portions(asked: Sequence[Ask]) -> Iterator[Sequence[Ask]]:
    """In order, none larger than one request should be; a single one is never split."""
    portion: list[Ask] = []
    size = 0
    for ask in asked:
        if portion and (len(portion) == MAX_ITEMS or size + ask.size > MAX_BODY):
            yield portion
            portion, size = [], 0
        portion.append(ask)
        size += ask.size
    if portion:
        yield portion


def read_document(asked: Sequence[Ask], want: Sequence[Want]) -> dict[str, Any]:
    return {"inputs": {"op": "read", "want": list(want), "items": [{"image": a.image, "texts": a.sent} for a in asked]}}


def embed_document(texts: Sequence[str]) -> dict[str, Any]:
    return {"inputs": {"op": "embed", "texts": list(texts)}}


def said(texts: Sequence[str]) -> list[str]:
    """Those that hold more than white space, as UTF-8 can carry them."""
    return [text.encode("utf-8", "replace").decode() for text in texts if text.strip()]


def spread(texts: Sequence[str], answers: Sequence[Any], nothing: Any) -> tuple[Any, ...]:
    """Answers to `said(texts)` put back beside all of `texts`."""
    given = iter(answers)
    return tuple(next(given) if text.strip() else nothing for text in texts)


# --- Answers ----------------------------------------------------------------------------------------------------


def models(answer: Mapping[str, Any]) -> Models:
    """Trouble unless the answer is of this contract's version and names its space."""
    if answer.get("v") != VERSION:
        raise Trouble(
            "unusable", "The model endpoint speaks another version of the contract: deploy the inference/ folder of this one."
        )
    space, dim = answer.get("space"), answer.get("dim")
    most, caption_model = answer.get("max_tokens"), answer.get("caption_model")
    if not (isinstance(space, str) and 0 < len(space) <= 300 and _is_count(dim) and dim <= MAX_DIM):
        raise _unusable("without a space")
    return Models(space, dim, most if _is_count(most) else None, caption_model[:300] if isinstance(caption_model, str) else None)


def readings(answer: Mapping[str, Any], of: Models, asked: Sequence[Ask], want: Sequence[Want]) -> list[Reading | VisionError]:
    """One for each, in order. What is wrong with one picture is its own VisionError; Trouble where the whole can't be right."""
    items = answer.get("items")
    if not isinstance(items, list) or len(items) != len(asked):
        raise _unusable("for another number of pictures")
    return [_reading(item, ask, want, of) for item, ask in zip(items, asked, strict=True)]


def text_vectors(answer: Mapping[str, Any], of: Models, count: int) -> tuple[list[Vector], list[int]]:
    """Vectors and token counts of `count` texts. No counts where the endpoint does not count."""
    found = [_vector(vector, of) for vector in _list(answer, "text_vectors", count)]
    vectors = [vector for vector in found if vector is not None]
    if len(vectors) < count:
        raise _unusable("with numbers that are no vectors")
    return vectors, _tokens(answer, count)


def _reading(item: Any, ask: Ask, want: Sequence[Want], of: Models) -> Reading | VisionError:
    if not isinstance(item, dict):
        raise _unusable("with something else than readings")
    if "error" in item:
        return VisionError(_code(item["error"]), "The model could not read this picture.")
    captioned, with_vectors = "caption" in want, "vectors" in want
    caption = _caption(item) if captioned else None
    texts = ask.sent
    raw = [item.get("image_vector"), *([item.get("caption_vector")] if caption else []), *_list(item, "text_vectors", len(texts))]
    vectors = [_vector(vector, of) for vector in raw] if with_vectors else []
    if any(vector is None for vector in vectors):
        return VisionError(BAD_VECTOR, "The model's numbers for this picture are no vectors.")
    after = 2 if caption else 1
    return Reading(
        space=of.space,
        caption=caption,
        caption_model=of.caption_model if caption else None,
        image_vector=vectors[0] if with_vectors else None,
        caption_vector=vectors[1] if with_vectors and caption else None,
        text_vectors=spread(ask.texts, vectors[after:], None) if with_vectors else (),
        text_tokens=_spread_tokens(ask.texts, _tokens(item, len(texts))) if with_vectors else (),
    )


def _spread_tokens(texts: Sequence[str], tokens: Sequence[int]) -> tuple[int, ...]:
    return spread(texts, tokens, 0) if tokens or not said(texts) else ()


def _caption(item: Mapping[str, Any]) -> str | None:
    """On one line; None where the model had no words."""
    caption = item.get("caption")
    if caption is not None and not isinstance(caption, str):
        raise _unusable("with captions that are no text")
    return " ".join((caption or "").split())[:MAX_CAPTION] or None


def _vector(values: Any, of: Models) -> Vector | None:
    """float32 of norm 1; None for what is finite nowhere near it. Trouble where it is of another dimension than was said."""
    import numpy as np

    if not isinstance(values, list) or not all(isinstance(v, float | int) and not isinstance(v, bool) for v in values):
        return None
    if len(values) != of.dim:
        raise _unusable(f"with vectors of {len(values)} numbers instead of {of.dim}")
    vector = np.asarray(values, dtype=np.float64)
    norm = float(np.linalg.norm(vector))
    if not isfinite(norm) or abs(norm - 1) > NORM_TOLERANCE:
        return None
    return (vector / norm).astype(np.float32)


def _tokens(found: Mapping[str, Any], count: int) -> list[int]:
    tokens = found.get("text_tokens")
    if tokens is None:
        return []
    if not isinstance(tokens, list) or len(tokens) != count or not all(_is_count(n) for n in tokens):
        raise _unusable("with token counts that are none")
    return tokens


def _list(found: Mapping[str, Any], name: str, count: int) -> list[Any]:
    values = found.get(name)
    if values is None and count == 0:
        return []
    if not isinstance(values, list) or len(values) != count:
        raise _unusable("for another number of texts")
    return values


def _is_count(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _code(error: Any) -> str:
    """A short name; whatever else stands there may be anybody's words."""
    code = str(error)[:40]
    return code if code.isascii() and code.replace("_", "").isalnum() else "unreadable"


def _unusable(how: str) -> Trouble:
    return Trouble("unusable", f"The model endpoint answered {how}.")
