"""Places in the values of a chart, and values put over values."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Place = tuple[str, ...]


def leaves(values: Mapping[str, Any], place: Place = ()) -> Iterator[Place]:
    """Give the places of all that is no mapping with something in it."""
    for key, value in values.items():
        here = (*place, str(key))
        if isinstance(value, Mapping) and value:
            yield from leaves(value, here)
        else:
            yield here


def touches(place: Place, owned: Iterable[Place]) -> bool:
    """Whether a place is, lies in, or takes away one of those that are owned."""
    # Either may reach deeper: `clustermesh: null` would take away what stands below it.
    return any(own[: len(place)] == place[: len(own)] for own in owned)


def merged(own: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Give both; mappings are merged key by key, anything else of `more` goes before."""
    result = dict(own)
    for key, value in more.items():
        known = result.get(key)
        is_deep = isinstance(known, Mapping) and isinstance(value, Mapping)
        result[key] = merged(known, value) if is_deep else value  # type: ignore[arg-type]
    return result
