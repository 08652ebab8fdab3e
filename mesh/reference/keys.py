"""Every key of the stack config, section by section, from the models."""

from collections.abc import Collection, Iterator
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from components.config.explained import bare, explain, model_in, purpose
from components.config.models import MeshConfig

PROJECT = "cilium-clustermesh"
"""The namespace of the keys, and the path of the outermost section."""
_KINDS = {
    "str": "text",
    "int": "number",
    "bool": "true or false",
    "SecretStr": "secret",
    "IPv4Network": "CIDR",
    "IPv6Network": "CIDR",
    "Any": "anything",
    "Level": "`error`, `warn` or `off`",
}


def sections() -> Iterator[str]:
    """Yield one Markdown section per mapping of the config, outermost first."""
    found = models()
    for path, model in found.items():
        yield f"### `{path}`\n{purpose(model)}\n\n{table(path, found)}"


def models() -> dict[str, type[BaseModel]]:
    """Return the model of every section by its path, such as `clusters[].kubean`."""
    return {PROJECT: MeshConfig, **dict(_models(MeshConfig, ""))}


def _models(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, type[BaseModel]]]:
    for key, field in fields(model).items():
        inner = model_in(field.annotation)
        if inner is not None:
            path = f"{prefix}{key}{_suffix(field)}"
            yield path, inner
            yield from _models(inner, f"{path}.")


def fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the fields of a model by the keys that they have in the stack config."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def table(path: str, apart: Collection[str]) -> str:
    """Return the table of a section's keys, in Markdown.

    The keys of an inner section stand in it too, unless the section's path is in `apart`.
    """
    rows = _rows(models()[path], "" if path == PROJECT else f"{path}.", "", apart)
    return "\n".join(["| key | kind | default | meaning |", "|---|---|---|---|", *rows])


def _rows(model: type[BaseModel], path: str, prefix: str, apart: Collection[str]) -> Iterator[str]:
    for key, field in fields(model).items():
        explained = explain(field)
        cells = (f"`{prefix}{key}`", kind(field), _default(field), explained.text)
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
        inner, suffix = model_in(field.annotation), _suffix(field)
        if inner is not None and f"{path}{key}{suffix}" not in apart:
            yield from _rows(inner, f"{path}{key}{suffix}.", f"{prefix}{key}{suffix}.", apart)


def _suffix(field: FieldInfo) -> str:
    return "[]" if get_origin(bare(field.annotation)) is tuple else ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True, validated_data={})
    return "see below" if isinstance(value, BaseModel) else explain(field).default or "none"


def kind(field: FieldInfo) -> str:
    """Return what a key takes, in the words of the documentation."""
    return field.title or ", ".join(dict.fromkeys(_kinds(field.annotation)))


def _kinds(kind: Any) -> Iterator[str]:
    origin = get_origin(kind)
    if origin is Annotated:
        inner, *more = get_args(kind)
        title = next((one.title for one in more if isinstance(one, FieldInfo) and one.title), None)
        yield from (title,) if title else _kinds(inner)
    elif origin is Literal:
        *others, last = (f"`{one}`" for one in get_args(kind))
        yield f"{', '.join(others)} or {last}" if others else last
    elif origin in (Union, UnionType):
        for one in get_args(kind):
            yield from () if one is type(None) else _kinds(one)
    elif origin is tuple:
        yield f"list of {', '.join(dict.fromkeys(map(_plural, _kinds(get_args(kind)[0]))))}"
    elif origin is dict or (isinstance(kind, type) and issubclass(kind, BaseModel)):
        yield "mapping"
    else:
        yield _KINDS.get(getattr(kind, "__name__", str(kind)), str(kind))


def _plural(word: str) -> str:
    if word.endswith("`"):
        return word
    return f"{word}es" if word.endswith("s") else f"{word}s"
