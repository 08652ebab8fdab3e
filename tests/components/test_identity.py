"""What identifies a renamed cluster; everything waits until the change is allowed."""

from typing import Any

from components.global_service import GlobalService, GlobalServiceArgs, GlobalServicePort
from components.preflight import Preflight
from components.procedure.site import prepare
from tests.components.conftest import IDENTITY, Recorded, Run
from tests.components.programs import preflight_args, program
from tests.unit.config.configs import config, raw_cluster

RENAMED: dict[str, Any] = {
    "clusters": [
        raw_cluster(1, name="cluster-one", formerName="cluster01"),
        raw_cluster(2, id=3, formerId=2),
    ]
}


def test_the_identities_are_those_of_the_config_with_the_uids_that_were_read(run: Run) -> None:
    identity = run(lambda: program(**RENAMED)).one(IDENTITY, "mesh")
    assert identity.inputs["members"] == {
        "cluster-one": {"uid": "uid of 10.10.0.0/16", "id": 1, "formerName": "cluster01"},
        "cluster02": {"uid": "uid of 10.20.0.0/16", "id": 3, "formerId": 2},
    }


def test_every_provider_waits_for_the_identities(run: Run) -> None:
    """So everything waits, since nothing uses a default provider, except the one that compares."""
    recorded = run(program)
    providers = [one for one in recorded.resources if one.type.startswith("pulumi:providers:")]
    waiting = {one.urn for one in providers if f"{IDENTITY}::mesh" in one.dependencies}
    kinds = ("kubernetes::cluster01", "kubernetes::cluster02", "command::scripts")
    assert waiting == {f"pulumi:providers:{kind}" for kind in kinds}
    assert len(providers) == len(waiting) + 1


def test_what_is_named_after_a_renamed_cluster_is_what_was_named_after_it_before(run: Run) -> None:
    """Its aliases are in test_names.py."""

    def named_after(name: str, found: Recorded) -> set[str]:
        return {one.urn for one in found.resources if one.name.startswith(name)}

    now = named_after("cluster-one", run(lambda: program(**RENAMED)))
    before = named_after("cluster01", run(program))
    assert {urn.replace("cluster-one", "cluster01") for urn in now} == before


def test_a_name_that_begins_with_that_of_a_renamed_cluster_is_known_too(run: Run) -> None:
    def with_own_service() -> None:
        checked = config(**RENAMED)
        site = prepare(checked, Preflight("preflight", preflight_args(checked)))
        port = GlobalServicePort(name="http", port=80)
        args = GlobalServiceArgs(service="orders", selector={"app": "orders"}, ports=[port])
        GlobalService("cluster-one-orders", args, site.on(checked.clusters[0]))

    found = run(with_own_service)
    service = found.one("kubernetes:core/v1:Service", "cluster-one-orders-global-service")
    for name in ("cluster01-orders-global-service", "cluster01-orders"):
        assert f"kubernetes:core/v1:Service::{name}" in service.aliases


def test_the_provider_of_a_cluster_keeps_its_identifier_for_good(run: Run) -> None:
    """A changed one replaces the provider, and with it everything in the cluster."""
    for provider in run(program).of_type("pulumi:providers:kubernetes").values():
        assert provider.ignored_changes == {"clusterIdentifier"}
