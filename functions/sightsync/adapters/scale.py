"""From which size on a catalog searches its vectors, its words and its colours in another way. Tests make it small."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread

Work = Callable[[], None]


def aside(work: Work) -> None:
    """In a thread of its own; whoever searches meanwhile is answered from what there is."""
    Thread(target=work, name="vectors", daemon=True).start()


@dataclass(frozen=True)
class Scale:
    """The rows of a space up to `plain` are all read at each search; beyond them a head of fewer dimensions is (docs/decisions/
    head-for-many-vectors.md). `run` is given what takes seconds and can wait."""

    plain: int = 200_000
    few: int = 8_192  # rows that pass a filter which are all compared, head or not; images whose colours the database sums up
    rescored: int = 1_024  # best of the head that are compared in full, at least; the audit may double it
    tail: int = 16_384  # rows beside a head before it is made anew, at least; see also Space.due
    common: int = 500  # documents that the words of a query stand in, above which they are ranked in memory
    run: Callable[[Work], None] = aside


USUAL = Scale()
