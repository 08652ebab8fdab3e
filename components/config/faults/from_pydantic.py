"""Pydantic's errors about the stack config, as faults."""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from ..explained import bare, explain
from ..types import REFUSED
from .fault import Fault, key_path

Place = tuple[str | int, ...]
_Model = TypeVar("_Model", bound=BaseModel)

_SHOWN_CHARACTERS = 60
# Not secret by type, but a key may be pasted there by mistake.
_NEVER_SHOWN = {"cert"}
_TYPES = {
    "string_type": "text; put it in quotes if it looks like a number",
    "int_type": "a whole number, without quotes",
    "bool_type": "true or false, without quotes",
    "tuple_type": "a list",
    "dict_type": "a mapping",
}


def model_faults(errors: Iterable[ErrorDetails], model: type[BaseModel]) -> Iterator[Fault]:
    """Yield pydantic's errors about one `model` as faults; a misspelt key is one, not two."""
    listed = list(errors)
    meant = {(*e["loc"][:-1], _meant(e, model)) for e in listed if e["type"] == "extra_forbidden"}
    for error in listed:
        if error["type"] != "missing" or error["loc"] not in meant:
            yield _fault(error, model)


def valid(model: type[_Model], value: object) -> _Model | None:
    """Return a section of the raw config as its model; None if it is missing or has a fault."""
    try:
        return model.model_validate(value)
    except ValidationError:
        return None


def did_you_mean(word: object, known: Iterable[str]) -> str | None:
    """Return the known word that a misspelt one is nearest to, if any is near."""
    by_lower = {name.lower(): name for name in known}
    wanted = str(word).replace("_", "").replace("-", "").lower()
    near = difflib.get_close_matches(wanted, by_lower, n=1, cutoff=0.7)
    return by_lower[near[0]] if near else None


def shown(value: object) -> str | None:
    """Return a value as a report may show it: one short line, or only its kind."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value) if value.bit_length() <= 64 else "a very large number"
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, str):
        return _shown_text(value)
    if isinstance(value, Mapping):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, Sequence):
        return "a list" if value else "an empty list"
    return None


def unknown_key(place: Place, known: Iterable[str]) -> Fault:
    """The fault of a key that does not exist; its value is hidden, as it may be a secret."""
    names = sorted(known)
    near = did_you_mean(place[-1], names)
    return Fault(
        key=key_path(*place),
        problem="there is no such key",
        allowed=", ".join(names),
        remedy=f"did you mean {near}?" if near else "remove it",
    )


def _shown_text(text: str) -> str:
    if "\n" in text or "-----BEGIN" in text or len(text) > _SHOWN_CHARACTERS:
        return f"text of {len(text)} characters"
    printable = text if text.isprintable() else text.encode("unicode_escape").decode("ascii")
    return f'"{printable}"'


def _fault(error: ErrorDetails, model: type[BaseModel]) -> Fault:
    place, kind, context = error["loc"], error["type"], error.get("ctx", {})
    key = key_path(*place)
    if kind == "extra_forbidden":
        return unknown_key(place, _keys(_type_at(place[:-1], model)))
    if kind == "missing":
        return Fault(key, "it is missing", _description(place, model), "add the key")
    value = shown(error["input"]) if _may_be_shown(place, model) else None
    if kind == REFUSED:
        return Fault(key, context["problem"], context["allowed"], context["remedy"], value)
    if kind in ("literal_error", "enum"):
        allowed = str(context["expected"])
        return Fault(key, "this is not an allowed value", allowed, "use one of them", value)
    allowed = _TYPES.get(kind) or _mapping_of(_type_at(place, model))
    return Fault(key, "the value has the wrong type", allowed, "change its type", value)


def _mapping_of(kind: Any) -> str:
    keys = ", ".join(sorted(_keys(kind)))
    return f"a mapping with the keys {keys}" if keys else "keys that are text"


def _description(place: Place, model: type[BaseModel]) -> str:
    owner = _type_at(place[:-1], model)
    fields = {field.alias: field for field in owner.model_fields.values()}
    return explain(fields[str(place[-1])]).text.removesuffix(".")


def _meant(error: ErrorDetails, model: type[BaseModel]) -> str | None:
    place = error["loc"]
    return did_you_mean(place[-1], _keys(_type_at(place[:-1], model)))


def _may_be_shown(place: Place, model: type[BaseModel]) -> bool:
    return _type_at(place, model) is not SecretStr and not _NEVER_SHOWN & set(place)


def _keys(kind: Any) -> set[str]:
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return set()
    return {field.alias or name for name, field in kind.model_fields.items()}


def _type_at(place: Place, model: type[BaseModel]) -> Any:
    """The type that the models want at one place of the config; None if they know no such place."""
    kind: Any = model
    for part in place:
        kind = _inner(kind, part)
    return kind


def _inner(kind: Any, part: str | int) -> Any:
    if isinstance(part, int):
        return bare(get_args(kind)[0]) if get_origin(kind) is tuple else None
    if get_origin(kind) is dict:
        return bare(get_args(kind)[1])
    if not _keys(kind):
        return None
    fields = {field.alias or name: field for name, field in kind.model_fields.items()}
    return bare(fields[part].annotation) if part in fields else None
