"""Marks of secrecy, kept for the rules: pulumi-policy removes them before a rule sees a value."""

from typing import Any

from pulumi_policy import policy
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY, deserialize_properties

from .resource import SecretText


def keep_marks() -> None:
    """Let every rule see which texts are secret, from now on."""
    # There is no public way: only remediations see the marks. A test with the engine ties this to
    # the pinned version.
    policy.deserialize_properties = _deserialize  # type: ignore[attr-defined]


def _deserialize(props: dict[str, Any], proxy_secrets: bool = False) -> Any:
    return deserialize_properties(props if proxy_secrets else marked(props), proxy_secrets)


def marked(value: Any, is_secret: bool = False) -> Any:
    """Return a value as the engine sent it, with SecretText for what it wraps as a secret."""
    if isinstance(value, dict):
        if value.get(SPECIAL_SIG_KEY) == SPECIAL_SECRET_SIG:
            return marked(value.get("value"), True)
        return {key: marked(inner, is_secret) for key, inner in value.items()}
    if isinstance(value, list):
        return [marked(inner, is_secret) for inner in value]
    return SecretText(value) if is_secret and isinstance(value, str) else value
