"""Facts of the management cluster, read from an API server on loopback."""

from collections.abc import Iterator
from typing import Any

import pytest

from components.facts.management import ManagementFacts, read
from components.kube_api.errors import Kind
from components.kubeconfig.document import read_text
from tests.fake_api import Answer, FakeApi, server_pair, serving
from tests.kubeconfigs import as_text, kubeadm

KINDS = "/apis/kubean.io/v1alpha1"
REVIEW = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


@pytest.fixture
def api() -> Iterator[FakeApi]:
    with serving(server_pair()) as served:
        names = ("clusters", "clusters/status", "clusteroperations")
        served.objects = {
            "/version": {"gitVersion": "v1.33.4"},
            KINDS: {"resources": [{"name": name} for name in names]},
            REVIEW: {"status": {"allowed": True}},
        }
        yield served


def facts(api: FakeApi) -> ManagementFacts:
    return read(read_text(as_text(kubeadm(api.url)), None), "kubean-system", 10)


def test_one_with_kubean_and_every_right_has_nothing_to_be_told(api: FakeApi) -> None:
    assert facts(api) == ManagementFacts()


def test_nothing_is_sent_there_but_reviews_which_are_not_stored(api: FakeApi) -> None:
    facts(api)
    assert {path for method, path, _, _ in api.requests if method != "GET"} == {REVIEW}


@pytest.mark.parametrize("served", [None, {"resources": [{"name": "clusters"}]}])
def test_kinds_that_are_not_served_are_named(api: FakeApi, served: Any) -> None:
    api.objects[KINDS] = served
    if served is None:
        del api.objects[KINDS]
    missing = facts(api).missing
    assert "clusteroperations.kubean.io" in missing
    assert ("clusters.kubean.io" in missing) is (served is None)


def test_what_may_not_be_created_is_named_with_its_namespace(api: FakeApi) -> None:
    api.objects[REVIEW] = {"status": {"allowed": False}}
    assert facts(api).forbidden == (
        "clusters.kubean.io",
        "clusteroperations.kubean.io",
        "configmaps in namespace kubean-system",
        "secrets in namespace kubean-system",
    )


def test_a_refused_review_is_no_missing_right(api: FakeApi) -> None:
    def answer(path: str) -> Answer:
        return (403, {}) if path == REVIEW else (200, api.objects[path])

    api.answer = answer
    found = facts(api)
    assert found.unread is not None and found.unread.kind is Kind.FORBIDDEN
    assert not found.forbidden and found.unreachable is None


def test_one_that_does_not_let_its_user_in_cannot_be_asked(api: FakeApi) -> None:
    api.answer = lambda _: (401, {})
    found = facts(api)
    assert found.unreachable is not None and found.unreachable.kind is Kind.UNAUTHORIZED
