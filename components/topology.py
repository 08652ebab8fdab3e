"""Who faces whom in a mesh."""

from collections.abc import Iterable, Iterator
from itertools import combinations, permutations
from typing import TypeVar

T = TypeVar("T")


def ordered_pairs(members: Iterable[T]) -> Iterator[tuple[T, T]]:
    """Every (from, to) of two different members, in the members' order."""
    return permutations(members, 2)


def pairs(members: Iterable[T]) -> Iterator[tuple[T, T]]:
    """Every two different members once, in the members' order."""
    return combinations(members, 2)
