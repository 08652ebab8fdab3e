"""The text of components/config/arguments.py: the models of the stack config as TypedDicts."""

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from components.config.explained import bare, model_in
from components.config.models import MeshConfig

# The names of types in the package's schema, and so in SDKs. Every other model has its own name,
# without `Config`.
_NAMES = {
    "MeshConfig": "ClusterMeshArgs",
    "CiliumInstall": "Cilium",
    "CiliumMember": "MemberCilium",
    "KubeanMember": "MemberKubean",
    "ImageOverrides": "Images",
    "DemoImages": "Images",
    "VerificationConfig": "VerificationSettings",
}
_HEAD = '''\
"""The arguments of a ClusterMesh: the keys of the stack config, in snake_case.

Made from the models, which say what each key means, by `python -m mesh reference --write`.
"""

# ruff: noqa: D101
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict
'''


def text() -> str:
    """Return the whole module."""
    return "\n\n".join([_HEAD, *dict(_classes(MeshConfig)).values()])


def _classes(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """Yield the classes with their names; each after those that it needs."""
    lines = [f"class {_name(model)}(TypedDict, total=False):"]
    if model is MeshConfig:
        lines += ['    """A mesh; all of it must be known before anything is made."""', ""]
    for name, field in model.model_fields.items():
        inner = model_in(field.annotation)
        if inner is not None:
            yield from _classes(inner)
        optional = "" if field.is_required() else " | None"
        lines.append(f"    {name}: {_kind(field.annotation)}{optional}")
    yield _name(model), "\n".join([*lines, ""])


def _name(model: type[BaseModel]) -> str:
    return _NAMES.get(model.__name__, model.__name__.removesuffix("Config"))


def _kind(kind: Any) -> str:
    kind = bare(kind)
    origin, inner = get_origin(kind), get_args(kind)
    if origin is tuple:
        return f"Sequence[{_kind(inner[0])}]"
    if origin is dict:
        return f"Mapping[str, {_kind(inner[1])}]"
    if origin is Literal:
        return type(inner[0]).__name__
    if kind is Any:
        return "Any"
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return _name(kind)
    # Everything else is written as text: secrets, networks, levels.
    return kind.__name__ if kind in (int, bool) else "str"
