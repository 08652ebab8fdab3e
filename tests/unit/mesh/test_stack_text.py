"""The stack file that is written: it loads, it asks, and it explains its keys."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from components.config.explained import explain
from components.config.loading import load
from components.config.models import ClusterConfig, MeshConfig
from mesh.describe import words
from mesh.describe.scalars import flow_list, scalar
from mesh.describe.stack_text import render
from tests.unit.facts.known import cilium, facts
from tests.unit.mesh.described import FOLDER, described, judged, raw

EXAMPLE = (Path(__file__).parents[3] / "Pulumi.example.yaml").read_text()
NAMESPACE = "cilium-clustermesh:"


def text(*listed: Any) -> str:
    entries = described(*listed)
    secret = [{**one, "kubeconfigContent": {"secure": "v1:…"}} for one in raw(entries)["clusters"]]
    return render(entries, {**raw(entries), "clusters": secret}, judged(entries).faults)


def read(written: str) -> dict[str, Any]:
    found = yaml.safe_load(written)["config"]
    return {key.removeprefix(NAMESPACE): value for key, value in found.items()}


def test_the_file_says_what_the_clusters_said() -> None:
    entries = described(facts(1), facts(2))
    found = read(text(facts(1), facts(2)))
    for one, known in zip(found["clusters"], raw(entries)["clusters"], strict=True):
        assert one.pop("kubeconfigContent") == {"secure": "v1:…"}
        one["kubeconfigContent"] = known["kubeconfigContent"]
        assert one == known
    assert len(load(found, FOLDER).clusters) == 2


def test_the_keys_come_in_the_order_of_the_example() -> None:
    example = list(read(EXAMPLE)["clusters"][0])
    keys = [key for key in read(text(facts(1), facts(2)))["clusters"][0] if key in example]
    assert keys == sorted(keys, key=example.index)


def test_the_first_member_explains_its_keys_in_the_words_of_the_models() -> None:
    found = " ".join(line.strip(" #") for line in text(facts(1), facts(2)).splitlines())
    # The kubeconfig is embedded, and has one context.
    known = [one for one in ClusterConfig.model_fields.values() if one.alias in words.OF_CLUSTER]
    told = [MeshConfig.model_fields["clusters"], *(one for one in known if one.alias != "context")]
    assert len(told) == len(words.OF_CLUSTER)
    assert not [one.alias for one in told if found.count(str(explain(one))) != 1]


def test_a_gap_is_a_question_above_the_key_that_waits_for_it() -> None:
    lines = text(facts(1), facts(2, cilium=cilium(2, id=0))).splitlines()
    (at,) = (index for index, line in enumerate(lines) if line.strip() == "# id:")
    question = next(line for line in reversed(lines[:at]) if "# ?" in line)
    assert "Which id should it get?" in question


def test_an_entry_may_begin_with_a_gap() -> None:
    entry = read(text(facts(1), facts(2, cilium=cilium(2, name="default"))))["clusters"][1]
    assert next(iter(entry)) == "id"


def test_what_has_to_be_fixed_is_marked_at_its_key() -> None:
    lines = text(facts(1), facts(2, cilium=cilium(1))).splitlines()
    marks = [index for index, line in enumerate(lines) if "# !" in line]
    assert ["the name is also" in lines[marks[0]], "the id is also" in lines[marks[1]]] == [
        True
    ] * 2


def test_what_the_program_finds_out_is_shown_and_not_set() -> None:
    written = text(facts(1), facts(2))
    assert "# apiServer:\n      #   address: 172.30.0.2" in written
    assert "#   nodePort: 32258" in written
    assert not {"apiServer", "mesh"} & read(written)["clusters"][1].keys()
    assert "# cluster02: Cilium 1.18.4, Kubernetes 1.33.4; node node2 172.30.0.2" in written


@pytest.mark.parametrize(
    "value",
    [
        "cluster01",
        "1",
        "1e3",
        "0x1f",
        "no",
        "null",
        "~",
        ".inf",
        "a: b",
        "a #b",
        "arn:aws:eks:x/y",
        "kubernetes-admin@cluster.local",
        "~/.kube/one.yaml",
        "../one.yaml",
        "-a",
        "ä\n",
        "",
        "10.1.0.0/16",
        "192.0.2.1",
        "1.5",
        "1_000",
        "12:30",
    ],
)
def test_a_text_stays_a_text(value: str) -> None:
    assert yaml.safe_load(f"key: {scalar(value)}") == {"key": value}
    assert yaml.safe_load(f"key: {flow_list([value, value])}") == {"key": [value, value]}


@pytest.mark.parametrize("value", ["1e3", "0o17", "12e4", "+1", "fd00::/64"])
def test_what_only_some_yaml_takes_for_a_number_is_quoted(value: str) -> None:
    assert scalar(value).startswith('"')
