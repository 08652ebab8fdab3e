"""Repeated measurements: median, minimum and maximum."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Samples:
    """One or more values of one kind, in the order in which they were measured."""

    values: tuple[float, ...]

    def __post_init__(self) -> None:
        """Raise ValueError if there is no value."""
        if not self.values:
            raise ValueError("nothing was measured")

    @property
    def median(self) -> float:
        """The median."""
        return float(median(self.values))

    @property
    def least(self) -> float:
        """The smallest value."""
        return min(self.values)

    @property
    def most(self) -> float:
        """The largest value."""
        return max(self.values)


def ratio(one: Samples, other: Samples) -> Samples:
    """Divide pair by pair: what disturbs the machine for a while disturbs both values of a pair."""
    pairs = zip(one.values, other.values, strict=True)
    return Samples(tuple(above / below for above, below in pairs))


def seconds(action: Callable[[], object]) -> float:
    """Return the time that an action takes, in s."""
    begun = time.monotonic()
    action()
    return time.monotonic() - begun


def interleaved(
    ways: Mapping[str, Callable[[], float]],
    repeats: int,
    before: Callable[[str], object] = lambda _: None,
    *,
    is_turned: bool = True,
) -> dict[str, Samples]:
    """Measure every way once, then every way again, and so on, each time starting with another.

    `before` restores the same start for every single run, and is not measured. Without `is_turned`
    the order is always the same. Each value is printed on stderr as it is measured.
    """
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(repeats):
        for name in _turned(list(ways), turn if is_turned else 0):
            before(name)
            taken[name].append(ways[name]())
            print(f"bench:   {name}: {taken[name][-1]:.1f} s", file=sys.stderr, flush=True)
    return {name: Samples(tuple(values)) for name, values in taken.items()}


def slope(points: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """Fit a line by least squares; returns its slope and its value at 0."""
    listed = list(points)
    mean_x = sum(x for x, _ in listed) / len(listed)
    mean_y = sum(y for _, y in listed) / len(listed)
    spread = sum((x - mean_x) ** 2 for x, _ in listed)
    steep = sum((x - mean_x) * (y - mean_y) for x, y in listed) / spread
    return steep, mean_y - steep * mean_x


def _turned(names: list[str], turn: int) -> Iterator[str]:
    first = turn % len(names)
    yield from names[first:]
    yield from names[:first]
