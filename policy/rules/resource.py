"""A resource as the rules see it: plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KUBERNETES_PROVIDER = "pulumi:providers:kubernetes"
SERVICE = "kubernetes:core/v1:Service"
STACK = "pulumi:pulumi:Stack"


class SecretText(str):
    """A text that the engine keeps encrypted and shows to nobody."""


class Unknown:
    """A value that a preview cannot know yet; no rule can judge it."""


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Resource:
    """One resource; `props` are its inputs, or its outputs if a rule is about the whole stack.

    `provider` is the name of its provider, empty if it has none.
    """

    type: str
    name: str
    urn: str = ""
    provider: str = ""
    props: Mapping[str, Any] = field(default_factory=dict)

    def prop(self, *path: str) -> Any:
        """Return the value at this path; None if there is none, or if it is not known yet."""
        found: Any = self.props
        for key in path:
            found = found.get(key) if isinstance(found, Mapping) else None
        return None if found is UNKNOWN else found

    def texts(self, *path: str) -> Mapping[str, str]:
        """Return the texts at this path by their keys, without those not known yet."""
        found = self.prop(*path)
        known = found.items() if isinstance(found, Mapping) else ()
        return {key: text for key, text in known if isinstance(text, str)}


@dataclass(frozen=True)
class Fault:
    """What is wrong, where, why it matters and the fix, in one sentence; never a secret."""

    text: str
    urn: str = ""
