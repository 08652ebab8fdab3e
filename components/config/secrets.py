"""Which secrets of the stack config stand in it in the clear, as far as can be known."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, SecretStr

from .faults.from_pydantic import Place


def secret_places(value: object, place: Place = ()) -> Iterator[Place]:
    """Find every secret that a checked config, or a part of it, has."""
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
    """What tells a secret in the clear from an encrypted one.

    The engine decrypts before it hands the `values` over, and calls a whole top-level key secret
    as soon as anything below it is (`encrypted`). Beside one that is, another may stand in the
    clear; `written`, the stack file's config, shows that.
    """

    values: Mapping[str, object] = field(repr=False)
    encrypted: Collection[str]
    written: Mapping[str, object] = field(repr=False)

    def is_in_clear(self, place: Place) -> bool:
        """Whether anybody who reads the config reads what is at this place."""
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
