"""docs/costs.md: no sum that the command does not print, and no sum that its lines do not make."""

import pytest

from bench.costs import DOCS, PRICES, SIZES, Habits, alarms, bill, documented, report
from tests.test_template import RESOURCES


def test_the_page_holds_what_the_command_prints() -> None:
    page = DOCS.read_text()
    assert page == documented(page), "./sightsync bench costs --write"
    assert "## What decides" in page.rpartition("```")[2]


def test_alarms_are_as_many_as_the_template_has() -> None:
    assert alarms() == sum(resource["Type"] == "AWS::CloudWatch::Alarm" for resource in RESOURCES.values())


def test_every_price_is_asked_for_by_one_size_or_another() -> None:
    used = {line.price for size in (0, *SIZES) for lines in bill(size, Habits(), True).values() for line, _ in lines}
    assert used == set(PRICES)


def test_idle_costs_less_than_a_dollar() -> None:
    assert 0 < sum(dollars for _, dollars in bill(0, Habits(), True)["kept, each month"]) < 1


@pytest.mark.parametrize("size", [0, *SIZES])
def test_what_is_free_is_taken_off_once_a_month(size: int) -> None:
    parts = bill(size, Habits(), True)
    for name, price in PRICES.items():
        lines = [pair for part in ("kept, each month", "visited, each month") for pair in parts[part] if pair[0].price == name]
        units = sum(line.units for line, _ in lines)
        expected = max(0.0, units - price.free) / price.per * price.dollars
        assert sum(dollars for _, dollars in lines) == pytest.approx(expected)


def test_more_pictures_larger_originals_more_visits_and_no_free_tier_cost_more() -> None:
    def total(size: int, habits: Habits, free: bool = True) -> float:
        return sum(dollars for lines in bill(size, habits, free).values() for _, dollars in lines)

    plain = total(5000, Habits())
    assert plain < total(50_000, Habits())
    assert plain < total(5000, Habits(original_kb=9000))
    assert plain < total(5000, Habits(visits=1e6))
    assert plain < total(5000, Habits(), free=False)
    assert plain > total(5000, Habits(model=False))


def test_sizes_of_ones_own_are_reckoned_too() -> None:
    lines = list(report([5000], Habits(visits=300), free_tier=True))
    assert any("300 visits" in line for line in lines)
    assert any(line.startswith("5,000 ") for line in lines)
