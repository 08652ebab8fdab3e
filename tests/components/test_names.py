"""The names of the steps of a cluster, and the former ones that are in people's states."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from components.config.loading import load
from mesh.summary.place import STEPS
from tests.components.conftest import TOKEN, Recorded, Registered, Run
from tests.components.programs import run_steps
from tests.unit.config.configs import raw_cluster
from tests.unit.rendering.kubeans import raw_made, raw_mesh

# How the mesh, or its second cluster, comes to be; together they have every step.
WAYS = ("cli", "helm", "kubean")


def recorded(run: Run, way: str, **changes: Any) -> Recorded:
    """Run the program for two clusters, with changes to the second one."""
    if way == "kubean":
        document = raw_mesh(raw_cluster(1), raw_made(2, changes))
    else:
        document = {"clusters": [raw_cluster(1), raw_cluster(2, **changes)]}
    if way == "helm":
        document["cilium"] = {"install": True, "version": "1.18.4"}
    return run(lambda: run_steps(load(document, Path("/"))))


def step(one: Registered) -> tuple[str, str]:
    kind = one.type.rpartition(":")[2].rpartition("/")[2]
    return one.parent.partition("::")[0].removeprefix(TOKEN), kind


def steps(found: Recorded) -> list[Registered]:
    """The children that once had the bare name of their component."""
    return [one for one in found.resources if step(one) in STEPS]


def aliases(one: Registered) -> set[str]:
    """Its other names. The Kubernetes SDK has aliases of its own, which have another type."""
    return {urn.rpartition("::")[2] for urn in one.aliases if urn.startswith(f"{one.type}::")}


@pytest.mark.parametrize("way", WAYS)
def test_nothing_that_a_log_names_has_the_name_of_something_else(run: Run, way: str) -> None:
    """`command:local:Command cluster01` was the enabling, the connecting, the CA and the sweep."""
    custom = [one for one in recorded(run, way).resources if one.custom]
    counted = Counter(one.name for one in custom if not one.type.startswith("pulumi:providers:"))
    assert [name for name, count in counted.items() if count > 1] == []


@pytest.mark.parametrize("way", WAYS)
def test_a_step_is_known_under_the_bare_name_that_it_once_had(run: Run, way: str) -> None:
    """The engine renames it in a state from before, and makes nothing anew."""
    for one in steps(recorded(run, way)):
        assert one.name == f"{one.cluster}-{STEPS[step(one)]}"
        assert aliases(one) == {one.cluster}, one


def test_every_step_that_once_had_a_bare_name_is_in_one_of_these_programs() -> None:
    found = [one for way in WAYS for one in steps(recorded(Run(preview=False), way))]
    assert {step(one) for one in found} == STEPS.keys()


@pytest.mark.parametrize("way", WAYS)
def test_a_step_of_a_renamed_cluster_is_known_under_all_its_former_names(
    run: Run, way: str
) -> None:
    """Each under both: an update that was broken off may have renamed its component alone.

    Nothing else gets another name.
    """
    before = recorded(run, way)
    renamed = recorded(run, way, name="cluster-two", formerName="cluster02")
    known = {step(one) for one in steps(before) if one.cluster == "cluster02"}
    assert {step(one) for one in steps(renamed) if one.cluster == "cluster-two"} == known
    for one in renamed.resources:
        names = {one.name, one.cluster} if step(one) in STEPS else {one.name}
        former = {name.replace("cluster-two", "cluster02") for name in names}
        assert aliases(one) == (names | former) - {one.name}, one
