"""The desk: which of an owner's images wait for them, and why."""

from typing import Literal, get_args

from sightsync.images import Check, Status
from sightsync.ports import And, Catalog, Equal, Filter, In, Or

DeskCheck = Literal["drafts", "words_disagree", "no_words", "uncategorised", "near_duplicate", "failed"]
CHECKS: tuple[DeskCheck, ...] = get_args(DeskCheck)


def own(owner: str) -> Filter:
    """Everything of theirs that is not in the bin."""
    return And((Equal("owner", owner), Equal("deleted", False)))


def waiting(check: DeskCheck) -> Filter:
    """What one check asks of an image. Drafts are unpublished pictures that have arrived and were not refused."""
    if check == "drafts":
        arrived = (Status.PROCESSING.value, Status.READY.value, Status.FAILED.value)
        return And((Equal("published", False), In("status", arrived)))
    return Equal("check", check)


def desk(catalog: Catalog, owner: str) -> dict[str, int]:
    """How many images wait, by check; `total` counts each image once, whatever it waits for."""
    mine = own(owner)
    by_check = catalog.counts(mine, "check")
    counts: dict[str, int] = {check: by_check.get(check, 0) for check in CHECKS}
    counts["drafts"] = sum(catalog.counts(And((mine, waiting("drafts"))), "status").values())
    anything = Or(tuple(waiting(check) for check in CHECKS))
    return counts | {"total": sum(catalog.counts(And((mine, anything)), "status").values())}


assert set(get_args(Check)) < set(CHECKS)  # a new check belongs on the desk
