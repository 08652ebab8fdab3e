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
    """What a preview cannot know yet; no rule can say anything about it."""


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Resource:
    """One resource; `props` are its inputs, or its outputs where a rule is about the whole stack.

    `provider` is the name of its provider, empty where it has none.
    """

    type: str
    name: str
    urn: str = ""
    provider: str = ""
    props: Mapping[str, Any] = field(default_factory=dict)

    def prop(self, *path: str) -> Any:
        """Give what stands there; None where nothing does, or where it is not known yet."""
        found: Any = self.props
        for key in path:
            found = found.get(key) if isinstance(found, Mapping) else None
        return None if found is UNKNOWN else found

    def texts(self, *path: str) -> Mapping[str, str]:
        """Give the texts that stand there by their keys, without what is not known yet."""
        found = self.prop(*path)
        known = found.items() if isinstance(found, Mapping) else ()
        return {key: text for key, text in known if isinstance(text, str)}


@dataclass(frozen=True)
class Fault:
    """What is wrong, where, why it matters and the way out, in one sentence; never a secret."""

    text: str
    urn: str = ""
