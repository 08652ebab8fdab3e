"""What each key of the stack config means: the models' texts, for everything that shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

_DEFAULT = " Default: "


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a key means, on one line, and its default in words or as code; None if it has none."""

    text: str
    default: str | None

    def __str__(self) -> str:
        """Return both as sentences."""
        return self.text if self.default is None else f"{self.text}{_DEFAULT}{self.default}."


def explain(field: FieldInfo) -> Explanation:
    """Explain a key; a section has the words of its model."""
    section = model_in(field.annotation)
    told = field.description or (purpose(section) if section else "")
    text, _, default = " ".join(told.split()).partition(_DEFAULT)
    return Explanation(text, default.removesuffix(".") or _default(field))


def purpose(model: type[BaseModel]) -> str:
    """Return the purpose of a section: the first paragraph of its model's docstring."""
    return " ".join((model.__doc__ or "").partition("\n\n")[0].split())


def model_in(kind: Any) -> type[BaseModel] | None:
    """Return the model of a section, or of the entries of a list; None if there is none."""
    kind = bare(kind)
    if get_origin(kind) is tuple:
        return model_in(get_args(kind)[0])
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def bare(kind: Any) -> Any:
    """Return a type without `Annotated` and `| None`, which say nothing about its shape."""
    while hasattr(kind, "__metadata__"):
        kind = kind.__origin__
    options = [option for option in get_args(kind) if option is not type(None)]
    is_optional = type(None) in get_args(kind)
    return bare(options[0]) if is_optional and len(options) == 1 else kind


def _default(field: FieldInfo) -> str | None:
    if field.is_required():
        return None
    value = field.get_default(call_default_factory=True, validated_data={})
    is_shown = value not in (None, (), {}) and not isinstance(value, BaseModel)
    return f"`{_written(value)}`" if is_shown else None


def _written(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {inner}" for key, inner in value.items())
    if isinstance(value, tuple):
        return f"[{', '.join(value)}]"
    return str(value).lower() if isinstance(value, bool) else str(value)
