"""The resources of a mesh, compared with the baseline: any change is intended, or a fault.

`make bench-check` compares the requests to API servers.
"""

import json

import pytest

from bench.counts import BASELINE, SIZES, differences, planned


@pytest.mark.parametrize("size", SIZES)
def test_a_mesh_is_made_of_what_the_baseline_says(size: int) -> None:
    baseline = json.loads(BASELINE.read_text())["planned"]
    assert planned(size) == baseline[str(size)], "if it is meant: python -m bench --accept"


def test_resources_grow_with_the_members_and_not_with_the_pairs() -> None:
    planned_now = json.loads(BASELINE.read_text())["planned"]
    two, three, four = (planned_now[str(size)] for size in SIZES)
    assert {key: four[key] - three[key] for key in four} == {
        key: three[key] - two[key] for key in two
    }


def test_connecting_costs_one_helm_upgrade_for_every_member() -> None:
    asked = json.loads(BASELINE.read_text())["asked"]
    assert asked["connect"]["upgrades"] == 3
    assert asked["nothing changed"] == asked["preview"]
    assert asked["preview"]["writes"] == 0


def test_differences_name_both_numbers_and_what_is_only_in_one() -> None:
    wanted = {"asked": {"join": {"writes": 3, "reads": 1}}}
    found = {"asked": {"join": {"writes": 4}, "leave": {"writes": 1}}}
    assert differences(wanted, found) == [
        "asked.join.reads: 1 in the baseline, nothing now",
        "asked.join.writes: 3 in the baseline, 4 now",
        "asked.leave.writes: nothing in the baseline, 1 now",
    ]
    assert differences(found, found) == []
