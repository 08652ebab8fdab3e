"""A cluster belongs to the stack that claims it first; what has an owner cannot be claimed."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from components.common.labels import LABELS, STACK
from components.common.own_objects import API_SERVER, of_demo
from components.kube_api.as_read import AsRead
from components.kube_api.errors import ApiError
from components.kube_api.writer import ApiWriter
from components.kubeconfig.document import read_text
from components.procedure import claim
from components.procedure.claim import TakenError
from tests.fake_api import FakeApi, server_pair, serving
from tests.kubeconfigs import as_text, kubeadm

MINE, THEIRS = "cilium-clustermesh/mine", "cilium-clustermesh/theirs"


@pytest.fixture
def api() -> Iterator[FakeApi]:
    """An API server that applies as Kubernetes does, as far as a claim needs it."""
    with serving(server_pair()) as served:
        served.respond = Applying(served)
        yield served


class Applying:
    """Remembers the manager of the stack's annotation; another manager's other value conflicts."""

    def __init__(self, api: FakeApi) -> None:
        self.api = api
        self.managers: dict[str, str | None] = {}

    def __call__(self, method: str, path: str, query: dict[str, list[str]], body: bytes) -> Any:
        found = self.api.objects.get(path)
        if method == "GET":
            return (404, {}) if found is None else (200, found)
        sent = json.loads(body)
        if method == "DELETE":
            return self.delete(path, sent["preconditions"])
        assert query["force"] == ["false"]
        return self.apply(path, query["fieldManager"][0], sent)

    def apply(self, path: str, manager: str, sent: Any) -> Any:
        wanted = sent["metadata"].get("annotations", {}).get(STACK)
        others = {value for who, value in self.managers.items() if who != manager and value}
        if wanted and others - {wanted}:
            return 409, {"message": "Apply failed with 1 conflict"}
        self.managers[manager] = wanted
        made = dict(sent)
        made["metadata"] = {
            **sent["metadata"],
            "uid": "1",
            "resourceVersion": str(len(body_of(sent))),
        }
        if wanted or path not in self.api.objects:
            self.api.objects[path] = made
        return 201, self.api.objects[path]

    def delete(self, path: str, wanted: Any) -> Any:
        found = self.api.objects.get(path)
        if found is None:
            return 404, {}
        known = {key: found["metadata"][key] for key in ("uid", "resourceVersion")}
        if known != wanted:
            return 409, {"message": "Precondition failed"}
        del self.api.objects[path]
        return 200, {}


def body_of(sent: Any) -> str:
    return json.dumps(sent)


def writer(api: FakeApi) -> ApiWriter:
    return ApiWriter(read_text(as_text(kubeadm(api.url)), None), 10)


def service(api: FakeApi) -> Any:
    return api.objects.get(API_SERVER.path)


def test_whoever_is_first_has_the_cluster_and_the_other_is_told_who(api: FakeApi) -> None:
    assert claim.take(writer(api), MINE) is not None
    with pytest.raises(TakenError, match="taken into the mesh of stack 'cilium-clustermesh/mine'"):
        claim.take(writer(api), THEIRS)
    assert service(api)["metadata"]["annotations"] == {STACK: MINE}
    assert service(api)["metadata"]["labels"] == LABELS


def test_also_where_both_have_looked_before_either_has_claimed(api: FakeApi) -> None:
    """The API server decides: without force, and with a field manager per stack."""
    applying = api.respond
    looks: list[str] = []

    def late(method: str, path: str, query: dict[str, list[str]], body: bytes) -> Any:
        assert applying is not None
        if method == "GET" and not looks:
            looks.append(path)
            answer = applying(method, path, query, body)
            api.respond = applying
            claim.take(writer(api), MINE)
            return answer
        return applying(method, path, query, body)

    api.respond = late
    with pytest.raises(TakenError, match="stack 'cilium-clustermesh/mine'"):
        claim.take(writer(api), THEIRS)
    assert service(api)["metadata"]["annotations"] == {STACK: MINE}


def test_what_somebody_made_after_the_look_is_left_as_it_was(api: FakeApi) -> None:
    """The claim adds a label and an annotation of ours, which an empty claim removes."""
    sent: list[Any] = []

    def made_between(method: str, _: str, query: dict[str, list[str]], body: bytes) -> Any:
        if method == "GET":
            return 404, {}
        sent.append(json.loads(body))
        managers = ["kubectl-create", query["fieldManager"][0]]
        fields = [{"manager": manager} for manager in managers]
        return 200, {"metadata": {"uid": "theirs", "resourceVersion": "2", "managedFields": fields}}

    api.respond = made_between
    with pytest.raises(TakenError, match="somebody else's Service kube-system/cilium-clustermesh"):
        claim.take(writer(api), MINE)
    claimed, settled = sent
    assert claimed["metadata"]["labels"] == LABELS
    assert settled["metadata"].keys() == {"name", "namespace"} and "spec" not in settled


def test_a_stack_that_was_killed_may_claim_its_own_once_more(api: FakeApi) -> None:
    assert claim.take(writer(api), MINE) is not None
    assert claim.take(writer(api), MINE) is None


def test_what_pulumi_has_applied_meanwhile_is_left_to_it(api: FakeApi) -> None:
    """Otherwise a field that Pulumi no longer wants would stay, as the claim still has it."""
    claim.take(writer(api), MINE)
    claim.settle(writer(api), MINE)
    (sent,) = [json.loads(body) for body in api.bodies[-1:]]
    assert set(sent) == {"apiVersion", "kind", "metadata"}
    assert set(sent["metadata"]) == {"name", "namespace"}
    assert service(api)["metadata"]["annotations"] == {STACK: MINE}


def test_a_claim_is_given_back_as_long_as_nothing_has_become_of_it(api: FakeApi) -> None:
    made = claim.take(writer(api), MINE)
    assert made is not None
    claim.give_back(writer(api), AsRead(made.uid, "older"))
    assert service(api) is not None
    claim.give_back(writer(api), made)
    assert service(api) is None
    claim.give_back(writer(api), made)


FOREIGN: dict[str, Any] = {"metadata": {"name": "x", "labels": {"app": "x"}}}
MARKED: dict[str, Any] = {"metadata": {"name": "x", "labels": {**LABELS, "app": "x"}}}


@pytest.mark.parametrize("name", [API_SERVER, *of_demo("shop")], ids=str)
@pytest.mark.parametrize("found", [FOREIGN, {"metadata": {}}, {"metadata": {"labels": "x"}}, {}])
def test_what_does_not_carry_the_mark_is_somebody_elses(
    api: FakeApi, name: Any, found: dict[str, Any]
) -> None:
    api.objects[name.path] = found
    with pytest.raises(TakenError, match=f"somebody else's {name} is there"):
        claim.refuse_foreign(writer(api), name)
    assert api.methods == {"GET"}


def test_what_carries_the_mark_or_is_not_there_is_not(api: FakeApi) -> None:
    (name, *others) = of_demo("default")
    api.objects[name.path] = MARKED
    for one in (name, *others):
        claim.refuse_foreign(writer(api), one)


def test_a_service_of_that_name_that_is_somebody_elses_is_no_claim(api: FakeApi) -> None:
    api.objects[API_SERVER.path] = FOREIGN
    with pytest.raises(TakenError, match="somebody else's Service"):
        claim.take(writer(api), MINE)
    assert api.methods == {"GET"}


def test_an_api_server_that_refuses_is_no_claim(api: FakeApi) -> None:
    api.respond = lambda *_: (403, {})
    with pytest.raises(ApiError):
        claim.take(writer(api), MINE)
