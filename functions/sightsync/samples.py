"""Twelve samples for a first look around: drawn by this program, added and removed like any pictures, never exported."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from sightsync.drawings import (
    birches,
    cat_and_fish,
    choir,
    dots,
    hills,
    lemons,
    night,
    red_scarf,
    robot,
    rocket,
    rowan,
    yellow_hat,
)
from sightsync.drawings.paintbox import Canvas
from sightsync.errors import ImageChanged
from sightsync.images import MAX_PAGE, Image, Status, now
from sightsync.pixel_steps import media_prefix
from sightsync.ports import And, Catalog, Equal, ImageStore, Sort
from sightsync.records import revise

CONTENT_TYPE = "image/jpeg"
CREDIT = "Drawn by SightSync"


@dataclass(frozen=True)
class Sample:
    filename: str
    title: str
    description: str
    category: str
    tags: tuple[str, ...]
    data: bytes


@dataclass(frozen=True)
class Plan:
    """A sample before it is drawn."""

    draw: Callable[[], Canvas]
    filename: str
    title: str
    description: str
    category: str
    tags: tuple[str, ...]

    def sample(self) -> Sample:
        return Sample(self.filename, self.title, self.description, self.category, self.tags, self.draw().jpeg())


# In the order in which they hang: kinds and shapes mixed.
PLANS = (
    Plan(
        hills.draw, "hills.jpg", "Hills at first light",
        "Blue hills behind each other under a pale orange sky, with dark pines along the valley", "illustrations",
        ("mountain", "morning", "forest"),
    ),
    Plan(
        red_scarf.draw, "red-scarf.jpg", "The red scarf",
        "A woman with closed eyes and a red scarf before a pale green wall", "portraits", ("woman", "scarf", "calm"),
    ),
    Plan(
        rocket.draw, "rocket.jpg", "Lift-off",
        "A red rocket bursts out of a yellow cloud into a blue sky", "comics", ("rocket", "space", "energetic"),
    ),
    Plan(
        rowan.draw, "rowan.jpg", "Rowan, August",
        "A twig with green leaves and red berries on white paper", "illustrations", ("leaf", "fruit", "botanical"),
    ),
    Plan(
        choir.draw, "choir.jpg", "Five voices",
        "Five singers in purple and orange robes, all mouths open", "portraits", ("singers", "music", "joyful"),
    ),
    Plan(
        cat_and_fish.draw, "cat-and-fish.jpg", "The wiser fish",
        "A black and white strip about a cat, a bowl and a fish that isn't worried", "comics", ("cat", "fish", "playful"),
    ),
    Plan(
        night.draw, "night-in-mind.jpg", "Night in mind",
        "A blue profile full of stars, with a moon for a thought, on a pink evening", "portraits", ("profile", "night", "dreamy"),
    ),
    Plan(
        lemons.draw, "lemons.jpg", "Lemons by the window",
        "Yellow lemons in a blue bowl, a jug and a checked cloth in the warm light of a window", "illustrations",
        ("fruit", "still life", "calm"),
    ),
    Plan(
        dots.draw, "not-a-word.jpg", "Not a word",
        "A woman with bright blue hair on a yellow ground; her balloon says nothing", "comics", ("woman", "pop art", "dramatic"),
    ),
    Plan(
        yellow_hat.draw, "yellow-hat.jpg", "The yellow hat",
        "A bearded man in a yellow hat with a feather, before a blue wall", "portraits", ("man", "hat", "joyful"),
    ),
    Plan(
        robot.draw, "robot-and-flower.jpg", "What the robot found",
        "A robot walks through a purple city and finds a pink flower", "comics", ("robot", "flower", "city"),
    ),
    # These words are wrong on purpose, so that a first look meets a description that disagrees.
    Plan(
        birches.draw, "birches.jpg", "Birches in October",
        "Fresh green leaves under a deep blue sky", "illustrations", ("tree", "forest", "leaf"),
    ),
)  # fmt: skip


def samples() -> Iterator[Sample]:
    """All twelve, drawn one at a time; the same bytes on every call."""
    return (plan.sample() for plan in PLANS)


def add_samples(catalog: Catalog, store: ImageStore, owner: str, plans: Sequence[Plan] = PLANS) -> int:
    """Puts those that the owner doesn't have on the wall, and says how many that were. Analysis finds them on the queue.

    Adding is idempotent, also after a death half way: a record whose file never came gets its file.
    """
    return sum(_add(catalog, store, owner, plan) for plan in reversed(plans))  # the first of them is the newest


def _add(catalog: Catalog, store: ImageStore, owner: str, plan: Plan) -> bool:
    image_id = uuid5(NAMESPACE_URL, f"sightsync:sample:{owner}:{plan.filename}").hex
    image = catalog.get(image_id)
    if image is not None and image.deleted_at is not None:
        _forget(catalog, store, image)
        image = None
    if image is not None and (image.status is not Status.WAITING or store.head(image.key) is not None):
        return False
    sample = plan.sample()
    if image is None:
        with suppress(ImageChanged):  # added by another request at this moment
            catalog.put(_record(image_id, owner, sample), 0)
    store.write(f"uploads/{image_id}", sample.data, CONTENT_TYPE)
    return True


def _record(image_id: str, owner: str, sample: Sample) -> Image:
    at = now()
    return Image(
        id=image_id,
        owner=owner,
        published=True,
        sample=True,
        filename=sample.filename,
        title=sample.title,
        credit=CREDIT,
        description=sample.description,
        category=sample.category,
        tags=sample.tags,
        content_type=CONTENT_TYPE,
        bytes=len(sample.data),
        key=f"uploads/{image_id}",
        created_at=at,
        updated_at=at,
    )


def remove_samples(catalog: Catalog, store: ImageStore, owner: str) -> int:
    """Takes all of the owner's samples away, for good and past the bin, and says how many that were."""
    own = And((Equal("owner", owner), Equal("sample", True)))
    removed = 0
    while images := catalog.page(own, Sort(), None, MAX_PAGE).images:
        for image in images:
            _forget(catalog, store, image)
        removed += len(images)
    return removed


def _forget(catalog: Catalog, store: ImageStore, image: Image) -> None:
    """Binned first, so that an analysis under way sees it and tidies up; the record last, so that a death is made good."""
    revise(catalog, image.id, lambda found: found.but(deleted_at=found.deleted_at or now()))
    store.delete(image.key)
    for head in list(store.list(media_prefix(image.id))):
        store.delete(head.key)
    catalog.delete(image.id)
