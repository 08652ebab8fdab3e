"""The rule explicit-providers: every object and provider is told its cluster."""

import pytest

from policy.rules.providers import check
from policy.rules.resource import KUBERNETES_PROVIDER, UNKNOWN, Resource

SERVICE = "kubernetes:core/v1:Service"


def texts(resource: Resource) -> list[str]:
    return [fault.text for fault in check(resource, {})]


@pytest.mark.parametrize("provider", ["default", "default_4_25_0", "default_4_25_0_alpha_1"])
def test_an_object_of_a_default_provider_is_told_with_the_way_out(provider: str) -> None:
    (text,) = texts(Resource(SERVICE, "web", provider=provider))
    assert "Service web has no provider of its own" in text
    assert "pulumi:disable-default-providers" in text


@pytest.mark.parametrize("provider", ["cluster01", "default-eu", "defaults"])
def test_an_object_of_a_provider_with_a_name_of_its_own_is_fine(provider: str) -> None:
    assert texts(Resource(SERVICE, "web", provider=provider)) == []


def test_only_objects_of_kubernetes_need_one() -> None:
    assert texts(Resource("command:local:Command", "web", provider="default")) == []


@pytest.mark.parametrize("props", [{}, {"kubeconfig": ""}], ids=["absent", "empty"])
def test_a_provider_that_would_take_the_machines_kubeconfig_is_told(props: dict[str, str]) -> None:
    (text,) = texts(Resource(KUBERNETES_PROVIDER, "cluster01", props=props))
    assert "provider cluster01 has no kubeconfig" in text


@pytest.mark.parametrize(
    "props",
    [{"kubeconfig": "{}"}, {"kubeconfig": UNKNOWN}, {"renderYamlToDirectory": "manifests"}],
    ids=["given", "known later", "only files"],
)
def test_a_provider_that_takes_none_is_fine(props: dict[str, object]) -> None:
    assert texts(Resource(KUBERNETES_PROVIDER, "cluster01", props=props)) == []
