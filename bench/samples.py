"""What was measured several times: the median, with the least and the most beside it."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Samples:
    """Values of one kind, in the order in which they were taken; at least one."""

    values: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse to summarise nothing."""
        if not self.values:
            raise ValueError("nothing was measured")

    @property
    def median(self) -> float:
        """The value in the middle."""
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
    """Divide pair by pair: what disturbs the machine for a while disturbs both of a pair."""
    pairs = zip(one.values, other.values, strict=True)
    return Samples(tuple(above / below for above, below in pairs))


def seconds(action: Callable[[], object]) -> float:
    """Time one run of an action, in s."""
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
    """Measure every way once, then every way again, and so on; what comes first takes turns.

    `before` makes the same start for every single run, and is not measured. Without `is_turned`
    the order is always the same. Each value is told on stderr as it is taken.
    """
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(repeats):
        for name in _turned(list(ways), turn if is_turned else 0):
            before(name)
            taken[name].append(ways[name]())
            print(f"bench:   {name}: {taken[name][-1]:.1f} s", file=sys.stderr, flush=True)
    return {name: Samples(tuple(values)) for name, values in taken.items()}


def slope(points: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """Fit a line by least squares: what each further x costs, and what there is without any."""
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
