"""What pydantic says about the stack config, said as faults."""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic_core import ErrorDetails

from ..types import REFUSED
from .fault import Fault, key_path

Place = tuple[str | int, ...]

_SHOWN_CHARACTERS = 60
# Not secret by type, but where a key may be pasted by mistake.
_NEVER_SHOWN = {"cert"}
_TYPES = {
    "string_type": "text; put it in quotes if it looks like a number",
    "int_type": "a whole number, without quotes",
    "bool_type": "true or false, without quotes",
    "tuple_type": "a list",
    "dict_type": "a mapping",
}


def model_faults(errors: Iterable[ErrorDetails], model: type[BaseModel]) -> Iterator[Fault]:
    """Translate pydantic's errors about one `model`; a misspelt key is one fault, not two."""
    listed = list(errors)
    meant = {(*e["loc"][:-1], _meant(e, model)) for e in listed if e["type"] == "extra_forbidden"}
    for error in listed:
        if error["type"] != "missing" or error["loc"] not in meant:
            yield _fault(error, model)


def did_you_mean(word: object, known: Iterable[str]) -> str | None:
    """Find the known word that a misspelt one is nearest to, if any is near."""
    by_lower = {name.lower(): name for name in known}
    wanted = str(word).replace("_", "").replace("-", "").lower()
    near = difflib.get_close_matches(wanted, by_lower, n=1, cutoff=0.7)
    return by_lower[near[0]] if near else None


def shown(value: object) -> str | None:
    """Give a value as it may stand in a report: one short line, or only its kind."""
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
    """The fault of a key that does not exist; its value is hidden, for it may be a secret."""
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
        return Fault(key, "this is none of the values", allowed, "choose one of them", value)
    allowed = _TYPES.get(kind) or _mapping_of(_type_at(place, model))
    return Fault(key, "the value is of the wrong kind", allowed, "write it as such", value)


def _mapping_of(kind: Any) -> str:
    keys = ", ".join(sorted(_keys(kind)))
    return f"a mapping with the keys {keys}" if keys else "keys that are text"


def _description(place: Place, model: type[BaseModel]) -> str:
    owner = _type_at(place[:-1], model)
    fields = {field.alias: field.description for field in owner.model_fields.values()}
    return fields.get(str(place[-1])) or "a value"


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
    """The type that the models want at one place of the config; None where they want nothing."""
    kind: Any = model
    for part in place:
        kind = _inner(kind, part)
    return kind


def _inner(kind: Any, part: str | int) -> Any:
    if isinstance(part, int):
        return _bare(get_args(kind)[0]) if get_origin(kind) is tuple else None
    if get_origin(kind) is dict:
        return _bare(get_args(kind)[1])
    if not _keys(kind):
        return None
    fields = {field.alias or name: field for name, field in kind.model_fields.items()}
    return _bare(fields[part].annotation) if part in fields else None


def _bare(kind: Any) -> Any:
    """Strip `Annotated` and `| None`, which say nothing about the shape."""
    while hasattr(kind, "__metadata__"):
        kind = kind.__origin__
    options = [option for option in get_args(kind) if option is not type(None)]
    is_optional = type(None) in get_args(kind)
    return _bare(options[0]) if is_optional and len(options) == 1 else kind
