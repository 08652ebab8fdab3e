"""Every key of the stack config, section by section, from the models."""

import inspect
import json
from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from components.config.models import MeshConfig

_KINDS = {
    "str": "text",
    "int": "number",
    "bool": "true or false",
    "SecretStr": "secret",
    "IPv4Network": "CIDR",
    "IPv6Network": "CIDR",
    "Any": "anything",
    "Level": "error, warn or off",
}


def sections() -> Iterator[str]:
    """Give one Markdown section per mapping of the config, outermost first."""
    yield from _sections("cilium-clustermesh", MeshConfig)


def _sections(path: str, model: type[BaseModel]) -> Iterator[str]:
    rows = [_row(field.alias or name, field) for name, field in model.model_fields.items()]
    table = ["| key | kind | default |", "|---|---|---|", *rows]
    yield f"### `{path}`\n{inspect.getdoc(model)}\n\n" + "\n".join(table)
    for name, field in model.model_fields.items():
        for inner, suffix in _models(field.annotation):
            yield from _sections(f"{path}.{field.alias or name}{suffix}", inner)


def _row(key: str, field: FieldInfo) -> str:
    kinds = list(dict.fromkeys(_kinds(field.annotation)))
    told = ", ".join(kinds) + (f": {field.description}" if field.description else "")
    return f"| `{key}` | {told} | {_default(field)} |"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, BaseModel):
        return "see below"
    if value is None:
        return "none"
    return f"`{json.dumps(value, default=str)}`"


def _kinds(kind: Any) -> Iterator[str]:
    """Name what a key takes, in the words of the documentation."""
    origin = get_origin(kind)
    if origin is Annotated:
        yield from _kinds(get_args(kind)[0])
    elif origin is Literal:
        yield " or ".join(f"`{one}`" for one in get_args(kind))
    elif origin in (Union, UnionType):
        for one in get_args(kind):
            yield from () if one is type(None) else _kinds(one)
    elif origin is tuple:
        yield f"list of {', '.join(dict.fromkeys(_kinds(get_args(kind)[0])))}"
    elif origin is dict or (isinstance(kind, type) and issubclass(kind, BaseModel)):
        yield "mapping"
    else:
        yield _KINDS.get(getattr(kind, "__name__", str(kind)), str(kind))


def _models(kind: Any, suffix: str = "") -> Iterator[tuple[type[BaseModel], str]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind, suffix
        return
    for one in get_args(kind):
        yield from _models(one, "[]" if get_origin(kind) is tuple else suffix)
