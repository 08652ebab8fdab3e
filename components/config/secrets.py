"""Secrets that stand in the stack config in plain text, as far as can be known."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, SecretStr

from .faults.from_pydantic import Place


def secret_places(value: object, place: Place = ()) -> Iterator[Place]:
    """Yield the place of every secret in a checked config, or in a part of it."""
    if isinstance(value, SecretStr):
        yield place
    elif isinstance(value, BaseModel):
        for name, key in type(value).model_fields.items():
            yield from secret_places(getattr(value, name), (*place, key.alias or name))
    elif isinstance(value, tuple):
        for index, inner in enumerate(value):
            yield from secret_places(inner, (*place, index))


@dataclass(frozen=True, slots=True)
class Exposure:
    """Tells a secret in plain text from an encrypted one.

    The engine decrypts the `values` before it passes them, and calls a whole top-level key secret
    (`encrypted`) if anything below it is. Another secret below it may still be in plain text;
    `written`, the config in the stack file, shows that.
    """

    values: Mapping[str, object] = field(repr=False)
    encrypted: Collection[str]
    written: Mapping[str, object] = field(repr=False)

    def is_in_clear(self, place: Place) -> bool:
        """Whether the value at this place is stored in plain text."""
        if place[0] not in self.encrypted:
            return True
        return _at(self.written, place) == _at(self.values, place)


def _at(value: object, place: Place) -> object:
    for part in place:
        if isinstance(part, int):
            value = dict(enumerate(value)).get(part) if isinstance(value, list | tuple) else None
        else:
            value = value.get(part) if isinstance(value, Mapping) else None
    return value
