"""Nested chart values: the places in them, and how they are merged."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Place = tuple[str, ...]


def leaves(values: Mapping[str, Any], place: Place = ()) -> Iterator[Place]:
    """Yield the place of every value that is not a mapping, or is an empty one."""
    for key, value in values.items():
        here = (*place, str(key))
        if isinstance(value, Mapping) and value:
            yield from leaves(value, here)
        else:
            yield here


def touches(place: Place, owned: Iterable[Place]) -> bool:
    """Whether a place equals, lies below, or would remove an owned one."""
    # Either may reach deeper: `clustermesh: null` would remove everything below it.
    return any(own[: len(place)] == place[: len(own)] for own in owned)


def merged(own: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return both, merged key by key; for anything but mappings, `more` wins."""
    result = dict(own)
    for key, value in more.items():
        known = result.get(key)
        is_deep = isinstance(known, Mapping) and isinstance(value, Mapping)
        result[key] = merged(known, value) if is_deep else value  # type: ignore[arg-type]
    return result
