"""A cluster's former identity in the mesh, and which changes are allowed."""

from typing import Any

import pytest
from pulumi.output import UNKNOWN

from components.mesh_identity import MeshIdentityProvider

BEFORE = {
    "identities": {"cluster01": {"uid": "u1", "id": 1.0}, "cluster02": {"uid": "u2", "id": 2.0}}
}
OTHER = {"cluster02": {"uid": "u2", "id": 2.0}}


def member(uid: str, number: int, **former: Any) -> dict[str, Any]:
    """As the engine passes it: it knows no integers."""
    numbers = {key: float(v) if isinstance(v, int) else v for key, v in former.items()}
    return {"uid": uid, "id": float(number), **numbers}


def check(members: dict[str, Any], before: dict[str, Any] = BEFORE) -> tuple[Any, list[str]]:
    """The recorded identity, and the reasons against it."""
    found = MeshIdentityProvider().check(before, {"members": members})
    return found.inputs["identities"], [failure.reason for failure in found.failures]


def recorded(members: dict[str, Any]) -> dict[str, Any]:
    identities, reasons = check(members)
    assert reasons == []
    return dict(identities)


def refused(members: dict[str, Any]) -> str:
    _, reasons = check(members)
    (reason,) = reasons
    return str(reason)


def test_a_first_update_is_allowed_whatever_the_names() -> None:
    assert check({"a": member("u1", 7)}, {}) == ({"a": {"uid": "u1", "id": 7}}, [])


def test_the_same_clusters_stay_who_they_are() -> None:
    assert recorded({"cluster01": member("u1", 1), **OTHER}) == BEFORE["identities"]


@pytest.mark.parametrize(
    ("name", "number", "forced"),
    [
        ("cluster-one", 1, "`formerName: cluster01`"),
        ("cluster01", 5, "`formerId: 1`"),
        ("cluster-one", 5, "`formerName: cluster01` and `formerId: 1`"),
    ],
)
def test_another_name_or_id_is_refused_with_the_reason_and_the_ways_out(
    name: str, number: int, forced: str
) -> None:
    text = refused({name: member("u1", number), **OTHER})
    assert f"cluster01 (id 1) of this mesh would become {name} (id {number})" in text
    assert "identities carry the id" in text
    assert f"write {forced} into its entry" in text


@pytest.mark.parametrize(
    ("name", "number", "former"),
    [
        ("cluster-one", 1, {"formerName": "cluster01"}),
        ("cluster01", 5, {"formerId": 1}),
        ("cluster-one", 5, {"formerName": "cluster01", "formerId": 1}),
    ],
)
def test_a_change_that_is_meant_is_recorded(name: str, number: int, former: dict[str, Any]) -> None:
    members = {name: member("u1", number, **former), **OTHER}
    assert recorded(members) == {name: {"uid": "u1", "id": number}, **OTHER}


@pytest.mark.parametrize(
    "former",
    [{"formerName": "cluster1"}, {"formerId": 1}, {"formerName": "cluster01", "formerId": 4}],
)
def test_what_is_meant_has_to_be_what_was(former: dict[str, Any]) -> None:
    refused({"cluster-one": member("u1", 5, **former), **OTHER})


def test_what_it_was_may_be_said_as_long_as_one_likes() -> None:
    """An update that stopped half-way is run again with the same config."""
    members = {"cluster01": member("u1", 1, formerName="first", formerId=9), **OTHER}
    assert recorded(members) == BEFORE["identities"]


def test_every_changed_cluster_is_told() -> None:
    _, reasons = check({"a": member("u1", 1), "b": member("u2", 2)})
    assert ["cluster01" in text or "cluster02" in text for text in reasons] == [True, True]


def test_names_that_two_clusters_exchange_are_refused() -> None:
    _, reasons = check({"cluster01": member("u2", 2), "cluster02": member("u1", 1)})
    assert len(reasons) == 2


def test_another_cluster_may_take_a_name() -> None:
    """It was created again: nothing of the old one is left."""
    assert recorded({"cluster01": member("u9", 9), **OTHER})["cluster01"]["uid"] == "u9"


def test_a_cluster_that_left_may_come_back_as_another() -> None:
    without = recorded(OTHER)
    members = {"cluster-one": member("u1", 5), **OTHER}
    assert check(members, {"identities": without})[1] == []


def test_a_cluster_that_does_not_answer_is_known_by_its_name() -> None:
    """Otherwise it would be forgotten, and could come back unnoticed as another one."""
    silent = recorded({"cluster01": member("", 1), **OTHER})
    assert silent == BEFORE["identities"]
    assert "cluster01 (id 1)" in refused({"cluster01": member("", 5), **OTHER})


def test_a_cluster_that_answers_for_the_first_time_is_known_by_its_name() -> None:
    before = {"identities": {"cluster01": {"uid": "", "id": 1.0}}}
    assert check({"cluster01": member("u1", 1)}, before)[0]["cluster01"]["uid"] == "u1"
    assert check({"cluster01": member("u1", 2)}, before)[1]


def test_of_a_mesh_of_two_none_can_leave_alone() -> None:
    assert "`pulumi destroy`" in refused({"a": member("u1", 1), **OTHER})
    third = {"cluster03": member("u3", 3)}
    assert "take it out of the config" in refused({"a": member("u1", 1), **OTHER, **third})


def test_only_another_identity_is_a_change() -> None:
    """The class is part of the inputs, and a new release of it must be no change."""
    provider, olds = MeshIdentityProvider(), {**BEFORE, "__provider": "old"}
    assert not provider.diff("mesh", olds, {**BEFORE, "__provider": "new"}).changes
    assert provider.diff("mesh", olds, {"identities": OTHER}).changes


def test_a_cluster_that_is_yet_to_be_made_is_known_by_its_name_alone() -> None:
    """In the preview of an update that creates it, the engine has no uid to pass."""
    same = {"cluster01": {**member("", 1), "uid": UNKNOWN}, **OTHER}
    identities, reasons = check(same)
    assert reasons == [] and identities["cluster01"]["uid"] is UNKNOWN
    other = {"cluster01": {**member("", 5), "uid": UNKNOWN}, **OTHER}
    assert "would become cluster01 (id 5)" in refused(other)
