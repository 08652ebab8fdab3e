"""An object is looked up right before it is created, unless preflight has seen it as ours."""

import asyncio
import threading
from collections.abc import Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pulumi
import pytest

import components.procedure.guard as guard_module
from components.common.labels import LABELS
from components.common.own_objects import API_SERVER, ObjectName, of_demo
from components.facts.cluster import NamedObject
from components.kube_api.as_read import AsRead
from components.procedure.claim import TakenError
from components.procedure.guard import Guard, Place, _made
from tests.components.conftest import Recorded, Run
from tests.components.programs import cluster_facts, program
from tests.unit.config.configs import config

T = TypeVar("T")
SERVICE, DEPLOYMENT = "kubernetes:core/v1:Service", "kubernetes:apps/v1:Deployment"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
OURS = [API_SERVER, *of_demo("default")]


def seen(*names: ObjectName, is_ours: bool = True) -> dict[str, Any]:
    return {"named": tuple(NamedObject(name, is_ours) for name in names)}


def guarded(found: Recorded) -> dict[str, tuple[str, ...]]:
    kinds = (SERVICE, DEPLOYMENT, CONFIG_MAP)
    return {
        f"{one.type.rpartition(':')[2]} {one.parent}": one.before_create + one.after_create
        for one in found.resources
        if one.type in kinds
    }


def test_every_object_that_is_to_be_created_is_guarded(run: Run) -> None:
    facts = {name: {"named": ()} for name in ("cluster01", "cluster02")}
    hooks = guarded(run(lambda: program(2, facts)))
    assert len(hooks) == 2 * len(OURS)
    assert all(hooks.values())
    claiming = [names for key, names in hooks.items() if "ApiServerService" in key]
    assert sorted(claiming) == [
        (f"claim cluster0{number}", f"settle the claim of cluster0{number}") for number in (1, 2)
    ]


def test_what_is_there_as_ours_costs_nothing(run: Run) -> None:
    facts = {name: seen(*OURS) for name in ("cluster01", "cluster02")}
    found = run(lambda: program(2, facts))
    assert found.hooks == {} and not any(guarded(found).values())


def test_a_cluster_where_one_object_is_missing_is_asked_about_that_alone(run: Run) -> None:
    facts = {"cluster01": seen(*OURS[:-1]), "cluster02": seen(*OURS)}
    found = run(lambda: program(2, facts))
    assert list(found.hooks) == ["look at Service default/rebel-base of cluster01"]


class Clusters:
    """What the hooks ask clusters: which are another stack's, and what was claimed."""

    def __init__(self, *foreign: str, silent: str = "") -> None:
        self.foreign, self.silent = foreign, silent
        self.said: list[tuple[str, str]] = []

    def take(self, api: Any, _: str) -> AsRead | None:
        self.said.append(("take", api))
        if api in self.foreign:
            raise TakenError(f"{api} is another's")
        return AsRead("uid", "1")

    def give_back(self, api: Any, _: AsRead) -> None:
        self.said.append(("give back", api))
        if api == self.silent:
            raise TakenError("it does not answer")

    def settle(self, api: Any, _: str) -> None:
        self.said.append(("settle", api))


class Api:
    """Stands in for the access to a cluster; it knows the cluster's name."""

    def __init__(self, document: str, _: float) -> None:
        self.name = document

    def close(self) -> None:
        pass

    def __eq__(self, other: object) -> bool:
        return other == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __str__(self) -> str:
        return self.name


def await_all(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run it in a thread of its own: Pulumi, or a browser, may have an event loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def guard(
    monkeypatch: pytest.MonkeyPatch, clusters: Clusters, places: Mapping[str, Place]
) -> Guard:
    monkeypatch.setattr(guard_module, "ApiWriter", Api)
    monkeypatch.setattr(guard_module, "claim", clusters)
    return Guard(places, "project/stack", 10)


def place(number: int, name: str, **facts: Any) -> Place:
    known = cluster_facts(config(3).clusters[number - 1], **{"named": (), **facts})
    return Place(name, name, known)  # type: ignore[arg-type]


def by_uid(**names: str) -> dict[str, Place]:
    """Clusters by name, each with the uid of its kube-system."""
    return {name: place(1, name, namespaces={"kube-system": uid}) for name, uid in names.items()}


def test_all_clusters_are_claimed_in_one_order_before_anything_is_made_in_any(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """If two stacks start at once, one gets all of them, whatever they call them."""
    clusters = Clusters()
    places = by_uid(one="c", two="a", three="b")
    made = guard(monkeypatch, clusters, places)

    async def both() -> None:
        await asyncio.gather(made._claim(places["one"]), made._claim(places["three"]))

    await_all(both())
    assert clusters.said == [("take", "two"), ("take", "three"), ("take", "one")]


def test_whoever_loses_one_gives_back_what_it_had_and_every_cluster_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clusters = Clusters("three")
    places = by_uid(one="c", two="a", three="b")
    made = guard(monkeypatch, clusters, places)

    async def both() -> list[BaseException | None]:
        claims = (made._claim(places[name]) for name in ("one", "two"))
        return list(await asyncio.gather(*claims, return_exceptions=True))

    said = await_all(both())
    assert [str(error) for error in said] == ["three: three is another's"] * 2
    assert clusters.said == [("take", "two"), ("take", "three"), ("give back", "two")]


def test_a_cluster_that_cannot_be_given_back_keeps_no_other_and_hides_no_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clusters = Clusters("three", silent="one")
    places = by_uid(one="a", two="b", three="c")
    made = guard(monkeypatch, clusters, places)
    both = r"^three: three is another's\. .* \(one: it does not answer"
    with pytest.raises(TakenError, match=both):
        await_all(made._claim(places["two"]))
    assert clusters.said[-2:] == [("give back", "one"), ("give back", "two")]


def test_what_is_ours_already_is_neither_claimed_nor_given_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clusters = Clusters()
    places = {
        "one": place(1, "one", namespaces={"kube-system": "a"}, **seen(API_SERVER)),
        "two": place(2, "two", namespaces={"kube-system": "b"}),
    }
    made = guard(monkeypatch, clusters, places)
    await_all(made._claim(places["two"]))
    assert clusters.said == [("take", "two")]


def test_a_cluster_that_is_being_made_is_claimed_when_it_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clusters = Clusters()
    places = {**by_uid(one="a"), "new": Place("new", "new")}  # type: ignore[arg-type]
    made = guard(monkeypatch, clusters, places)
    await_all(made._claim(places["new"]))
    assert clusters.said == [("take", "new")]


def test_it_goes_on_where_every_thread_of_the_loop_waits_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In the package's provider each registration holds one of few until the hook has answered."""
    clusters = Clusters()
    places = by_uid(one="a")
    made = guard(monkeypatch, clusters, places)
    claimed = threading.Event()

    async def both() -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        registration = loop.run_in_executor(None, claimed.wait, 20)
        await made._claim(places["one"])
        claimed.set()
        assert await registration

    await_all(both())
    assert clusters.said == [("take", "one")]


def test_an_object_of_another_kind_of_resource_is_none_of_kubernetes() -> None:
    """A Helm release has a name and a namespace too, and the guard of its own."""
    for type_, props in (
        ("kubernetes:helm.sh/v3:Release", {"name": "cilium", "namespace": "kube-system"}),
        ("command:local:Command", {"metadata": {"name": "x"}}),
    ):
        args = pulumi.ResourceTransformationArgs(None, type_, "x", props, pulumi.ResourceOptions())  # type: ignore[arg-type]
        assert _made(args) is None
    made = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x", "labels": LABELS}}
    args = pulumi.ResourceTransformationArgs(None, SERVICE, "x", made, None)  # type: ignore[arg-type]
    assert _made(args) == ObjectName("v1", "Service", "", "x")
