"""A secret that stands in the stack config in plain text is found, and no other."""

from pathlib import Path
from typing import Any

import pytest

from components.checks.registry import check
from components.config.loading import load
from components.config.preflight_levels import Level
from components.config.secrets import Exposure
from tests.kubeconfigs import ca
from tests.unit.config.configs import kubeconfig, raw
from tests.unit.facts.known import CLI, facts
from tests.unit.rendering.kubeans import ssh_key

CONTENTS = [("clusters", index, "kubeconfigContent") for index in (0, 1)]
SECURE = {"secure": "v1:abc"}


def exposed(
    values: dict[str, Any], encrypted: set[str], written: dict[str, Any]
) -> list[tuple[str | int, ...]]:
    return list(load(values, Path("/"), Exposure(values, encrypted, written)).exposed)


def test_where_the_engine_knows_of_no_secret_every_one_is_in_the_clear() -> None:
    assert exposed(raw(), set(), {}) == CONTENTS


def test_where_the_engine_knows_of_a_secret_and_no_file_is_found_none_is_called_in_the_clear() -> (
    None
):
    assert exposed(raw(), {"clusters"}, {}) == []


OTHERS = {"another": SECURE, "nothing": None, "in the clear": kubeconfig(1)}


@pytest.mark.parametrize("written", OTHERS.values(), ids=OTHERS)
def test_beside_an_encrypted_secret_one_in_the_clear_is_found(written: object) -> None:
    """Even if the file has something else in the first one's place: that is not used."""
    clusters: list[dict[str, object]] = [
        {"kubeconfigContent": SECURE},
        {"kubeconfigContent": kubeconfig(2)},
    ]
    assert exposed(raw(), {"clusters"}, {"clusters": clusters}) == CONTENTS[1:]
    clusters[1]["kubeconfigContent"] = written
    assert exposed(raw(), {"clusters"}, {"clusters": clusters}) == []


@pytest.mark.parametrize("written", [None, 7, [], [7], {"clusters": 7}, [[]]])
def test_a_file_of_another_shape_says_nothing(written: object) -> None:
    assert exposed(raw(), {"clusters"}, {"clusters": written}) == []


def test_every_secret_of_the_config_is_looked_at() -> None:
    values = raw(
        ca={"source": "config", "cert": ca("one").cert_data, "key": ca("one").key_data},
        ssh={"privateKey": ssh_key(), "jump": {"address": "192.0.2.9", "privateKey": ssh_key()}},
    )
    values["clusters"][0]["nodes"] = [
        {"name": "node1", "address": "192.0.2.8", "privateKey": ssh_key()}
    ]
    assert set(exposed(values, {"clusters"}, {})) == {
        ("ca", "key"),
        ("ssh", "privateKey"),
        ("ssh", "jump", "privateKey"),
    }
    assert ("clusters", 0, "nodes", 0, "privateKey") in exposed(values, set(), {})


@pytest.mark.parametrize("level", list(Level))
def test_it_is_a_preflight_finding_with_cluster_key_and_fix(level: Level) -> None:
    values = raw(preflight={"secret-in-clear": level.value})
    config = load(values, Path("/"), Exposure(values, (), {}))
    found = check(config, [facts(1), facts(2)], CLI).findings
    assert [one.cluster for one in found] == (
        [] if level is Level.OFF else ["cluster01", "cluster02"]
    )
    for index, one in enumerate(found):
        key = f"cilium-clustermesh:clusters[{index}].kubeconfigContent"
        assert one.level is level and key in one.text and kubeconfig(1) not in one.render()
        assert f"`pulumi config set --secret --path '{key}' < FILE`, then rotate" in one.remedy
