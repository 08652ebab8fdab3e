"""The rule no-plaintext-secrets: whatever looks like a secret is kept as one, never printed."""

import base64
import json
from typing import Any

import pytest

from policy.rules.plaintext import check, kind_of_secret
from policy.rules.resource import KUBERNETES_PROVIDER, UNKNOWN, Resource, SecretText
from tests.kubeconfigs import as_text, kubeadm, leaf

LOCAL = "command:local:Command"
PAIR = leaf("somebody")
SECRETS = {
    "key": PAIR.key,
    "certificate": PAIR.cert,
    "key in base64": PAIR.key_data,
    "kubeconfig": as_text(kubeadm("https://192.0.2.1")),
    "kubeconfig in JSON": json.dumps(kubeadm("https://192.0.2.1")),
    "kubeconfig with a token": "users: [{user: {token: abc}}]",
    "JWT": "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2ln",
    "header": "curl -H 'Authorization: Bearer 0123456789abcdef'",
}
HARMLESS = (
    "exec sh components/scripts/run.sh member enable",
    json.dumps({"clusters": ["cluster01"], "demo": {"servers": "name=rebel-base"}}),
    base64.b64encode(b"nothing in it").decode(),
    "token: ''",
    "the bearer of news",
    "",
)


def texts(props: dict[str, Any], type_: str = LOCAL) -> list[str]:
    return [fault.text for fault in check(Resource(type_, "one", props=props), {})]


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize("place", ["stdin", "environment", "triggers", "connection"])
def test_a_secret_in_the_clear_is_told_wherever_it_stands_and_not_repeated(
    secret: str, place: str
) -> None:
    props: dict[str, dict[str, Any]] = {
        "stdin": {"stdin": secret},
        "environment": {"environment": {"GIVEN": secret}},
        "triggers": {"triggers": ["a", secret]},
        "connection": {"connection": {"proxy": {"privateKey": secret}}},
    }
    (text,) = texts(props[place])
    assert f"in the clear in {place}" in text
    assert "Output.secret" in text
    assert secret not in text


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_a_secret_that_is_kept_as_one_is_fine(secret: str) -> None:
    kept = SecretText(secret)
    assert texts({"stdin": kept, "environment": {"API_TOKEN": kept}}) == []


@pytest.mark.parametrize("key", ["create", "update", "delete"])
def test_the_text_of_a_command_holds_none_even_as_a_secret(key: str) -> None:
    """A Command that fails prints its whole text."""
    (text,) = texts({key: SecretText(f"echo '{PAIR.key}'")})
    assert f"in the text of {key}" in text


@pytest.mark.parametrize("name", ["API_TOKEN", "dbPassword", "PRIVATE_KEY", "CLIENT_SECRET"])
def test_a_name_that_tells_of_a_secret_is_enough(name: str) -> None:
    (text,) = texts({"environment": {name: "abc"}})
    assert f"environment.{name}" in text
    assert texts({"environment": {name: UNKNOWN}}) == texts({"environment": {name: ""}}) == []


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret_is_none(text: str) -> None:
    assert kind_of_secret(text) is None


def test_a_kubeconfig_in_the_clear_in_a_provider_is_told() -> None:
    secret = SECRETS["kubeconfig in JSON"]
    (text,) = texts({"kubeconfig": secret}, KUBERNETES_PROVIDER)
    assert "the provider one has a key or certificate in base64 in the clear" in text
    assert texts({"kubeconfig": SecretText(secret)}, KUBERNETES_PROVIDER) == []


def test_other_resources_are_not_looked_at() -> None:
    assert texts({"data": {"tls.crt": PAIR.cert}}, "kubernetes:core/v1:ConfigMap") == []
