"""Near-duplicates in what a search finds: the same picture in another size or quality stands behind the first of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sightsync.ports import Catalog, Filter
from sightsync.vision_steps import NEAR_BITS, NEAR_COSINE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bits = NDArray[np.uint64]

NEIGHBOURS = 32  # of an image, among which its near-duplicates are
FLAT = 4  # bits of 64: the hash of a plain picture, or of its negative, says nothing


def folded(order: Sequence[str], space: str | None, catalog: Catalog) -> list[list[str]]:
    """The same ids in groups: each begins with an image and goes on with its near-duplicates, all in the order given.

    Near in hash and near in the space. Nobody is in two groups, and what is near to a follower only is no follower.
    """
    if space is None or len(order) < 2:
        return [[image_id] for image_id in order]
    pairs = _alike_in_hash(order, catalog.hashes(order))
    pairs = _alike_in_space(pairs, space, catalog)
    groups: list[list[str]] = []
    followers: set[str] = set()
    for image_id in order:
        if image_id not in followers:
            like = [other for other in pairs.get(image_id, ()) if other not in followers]
            followers.update(like)
            groups.append([image_id, *like])
    return groups


def twins(image_id: str, space: str | None, where: Filter, catalog: Catalog) -> list[str]:
    """Near-duplicates of an image in the catalog; without it."""
    vector = catalog.vectors([image_id], space).get(image_id, {}).get("image") if space else None
    if space is None or vector is None:
        return []
    near = catalog.nearest(space, vector, where, NEIGHBOURS)
    others = [n.image_id for n in near if n.cosine >= NEAR_COSINE and n.image_id != image_id]
    asked = [image_id, *others]
    return _alike_in_hash(asked, catalog.hashes(asked)).get(image_id, [])


def _alike_in_hash(order: Sequence[str], hashes: dict[str, str]) -> dict[str, list[str]]:
    """{image: those after it whose hash is nearly the same}, in the order given."""
    import numpy as np

    known = [image_id for image_id in order if image_id in hashes]
    bits: Bits = np.frombuffer(bytes.fromhex("".join(hashes[image_id] for image_id in known)), ">u8").astype(np.uint64)
    counts = np.bitwise_count(bits)
    telling = np.flatnonzero((counts > FLAT) & (counts < 64 - FLAT))
    pairs = np.argwhere(np.bitwise_count(bits[telling, None] ^ bits[telling]) <= NEAR_BITS)
    found: dict[str, list[str]] = {}
    for one, other in telling[pairs[pairs[:, 0] < pairs[:, 1]]].tolist():
        found.setdefault(known[one], []).append(known[other])
    return found


def _alike_in_space(pairs: dict[str, list[str]], space: str, catalog: Catalog) -> dict[str, list[str]]:
    if not pairs:
        return pairs
    stored = catalog.vectors(list({*pairs, *(other for others in pairs.values() for other in others)}), space)
    vector = {image_id: kinds["image"] for image_id, kinds in stored.items() if "image" in kinds}

    def near(one: str, other: str) -> bool:
        return one in vector and other in vector and float(vector[one] @ vector[other]) >= NEAR_COSINE

    return {one: kept for one, others in pairs.items() if (kept := [other for other in others if near(one, other)])}
