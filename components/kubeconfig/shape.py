"""The types of values in the cluster and user bodies of a kubeconfig.

They are those of client-go (tools/clientcmd/api/v1); keys that it does not know are ignored.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from .problem import Problem

_NAME_CHARACTERS = 40
# Type of a pydantic error -> what is wrong with the value, and what it should be.
_KINDS = {
    "string_type": ("not text", "text; in quotes if it is true or false"),
    "list_type": ("not a list", "a list"),
    "missing": ("missing", "text"),
    "string_too_short": ("empty", "text that is not empty"),
    "string_pattern_mismatch": ("not a host name", "a DNS name such as kubernetes.default.svc"),
}
_MAPPING = ("not a mapping", "a mapping")


class _Shape(BaseModel):
    model_config = ConfigDict(
        strict=True,
        extra="ignore",
        hide_input_in_errors=True,
        alias_generator=lambda name: name.strip("_").replace("_", "-"),
    )


class _Variable(_Shape):
    name: str
    value: str


class _Plugin(_Shape):
    command: Annotated[str, Field(min_length=1)]
    args: list[str] | None = None
    env: list[_Variable] | None = None
    api_version: Annotated[str | None, Field(alias="apiVersion")] = None
    install_hint: Annotated[str | None, Field(alias="installHint")] = None


class _AuthProvider(_Shape):
    config: dict[str, str] | None = None


class ClusterShape(_Shape):
    """The body of an entry of `clusters`; `server` and the data fields are checked elsewhere."""

    certificate_authority: str | None = None
    proxy_url: str | None = None
    tls_server_name: Annotated[str, Field(pattern=r"^[!-~]*$")] | None = None


class UserShape(_Shape):
    """The body of an entry of `users`; the data fields are checked elsewhere."""

    client_certificate: str | None = None
    client_key: str | None = None
    token: str | None = None
    token_file: Annotated[str | None, Field(alias="tokenFile")] = None
    username: str | None = None
    password: str | None = None
    as_: str | None = None
    as_uid: str | None = None
    as_groups: list[str] | None = None
    as_user_extra: dict[str, list[str] | None] | None = None
    exec_: _Plugin | None = None
    auth_provider: _AuthProvider | None = None


def shape_problems(shape: type[_Shape], body: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what has the wrong type in a body, by its place alone: the values may be secret."""
    try:
        shape.model_validate(dict(body))
    except ValidationError as error:
        owner = "cluster" if shape is ClusterShape else "user"
        yield from (_problem(owner, one) for one in error.errors(include_url=False))


def _problem(owner: str, error: ErrorDetails) -> Problem:
    what, allowed = _KINDS.get(error["type"], _MAPPING)
    place = ".".join(_printable(str(part)) for part in error["loc"])
    text = f"{place} of the context's {owner} is {what}"
    return Problem(text, allowed, "correct it in the kubeconfig")


def _printable(name: str) -> str:
    text = name if name.isprintable() else repr(name)
    return text if len(text) <= _NAME_CHARACTERS else f"{text[:_NAME_CHARACTERS]}…"
