import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.kubeconfig import yaml_text
from components.kubeconfig.document import SECTIONS, Kubeconfig, bodies, read_text
from components.kubeconfig.merge import (
    Member,
    as_given,
    augmented,
    conflicts,
    member,
    merged,
    server_url,
)
from tests.kubeconfigs import as_text, ca, kubeadm

NAMES = ("cluster01", "cluster02")


def original(number: int = 1, **user: Any) -> Kubeconfig:
    document = kubeadm(f"https://192.0.2.{number}:6443", f"ca of cluster{number:02}", **user)
    return read_text(as_text(document), None)


def members() -> list[Member]:
    urls = ("https://192.0.2.1:31443", "https://192.0.2.2:31443")
    return [
        member(name, original(number), url)
        for number, (name, url) in enumerate(zip(NAMES, urls, strict=True), start=1)
    ]


def without_mark(body: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != "extensions"}


def test_each_member_has_a_cluster_a_user_and_a_context_all_of_its_name_in_order() -> None:
    document = merged(members())
    for section in SECTIONS:
        assert [entry["name"] for entry in document[section]] == list(NAMES)
    for name, context in bodies(document, "contexts").items():
        assert without_mark(context) == {"cluster": name, "user": name}
    assert (document["apiVersion"], document["kind"]) == ("v1", "Config")


def test_the_server_is_the_node_port_and_ca_and_credentials_are_the_clusters_own() -> None:
    document = merged(members())
    for number, name in enumerate(NAMES, start=1):
        source = original(number)
        cluster = without_mark(bodies(document, "clusters")[name])
        assert cluster == {**source.cluster, "server": f"https://192.0.2.{number}:31443"}
        assert without_mark(bodies(document, "users")[name]) == source.user


def test_equal_names_in_all_originals_get_nobodys_credentials_mixed_up() -> None:
    users = bodies(merged(members()), "users")
    assert users["cluster01"]["client-key-data"] != users["cluster02"]["client-key-data"]


@pytest.mark.parametrize(
    ("before", "given_name", "after"),
    [(None, None, None), (None, "x.svc", "x.svc"), ("y.svc", None, "y.svc"), ("y", "x", "x")],
)
def test_a_tls_server_name_is_set_only_where_needed_and_an_existing_one_stays(
    before: str | None, given_name: str | None, after: str | None
) -> None:
    source = original()
    if before:
        source.cluster["tls-server-name"] = before
    made = member("cluster01", source, "https://192.0.2.9:31443", given_name)
    assert made.cluster.get("tls-server-name") == after
    assert "insecure-skip-tls-verify" not in made.cluster


def test_a_proxy_stays() -> None:
    source = original()
    source.cluster["proxy-url"] = "http://proxy.example:3128"
    made = member("cluster01", source, "https://192.0.2.9:31443")
    assert made.cluster["proxy-url"] == "http://proxy.example:3128"


def test_an_original_gets_the_members_and_keeps_entries_and_current_context() -> None:
    source = original()
    document = augmented(source.data, members())
    assert document["current-context"] == source.data["current-context"]
    for section in SECTIONS:
        assert document[section][:1] == source.data[section]
        assert [entry["name"] for entry in document[section][1:]] == list(NAMES)


def test_what_was_added_before_follows_a_changed_node_port() -> None:
    first = augmented(original().data, members())
    moved = [
        member("cluster01", original(1), "https://192.0.2.1:30001"),
        member("cluster02", original(2), "https://192.0.2.2:30002"),
    ]
    assert augmented(first, moved) == augmented(original().data, moved)


def test_what_was_added_for_a_cluster_that_is_no_member_now_is_left_alone() -> None:
    """It may be what the current context needs, after a renaming."""
    before = augmented(original().data, members())
    after = augmented(before, members()[:1])
    for section in SECTIONS:
        assert bodies(after, section)["cluster02"] == bodies(before, section)["cluster02"]


def test_an_entry_that_a_person_made_under_a_members_name_is_kept_and_serves() -> None:
    """People rename contexts to the cluster's name; that is no reason to touch or to refuse it."""
    document = kubeadm("https://192.0.2.1:6443", "ca of cluster01", context="cluster01")
    source = read_text(as_text(document), None)
    result = augmented(source.data, members())
    assert [entry for entry in result["contexts"] if entry["name"] == "cluster01"] == (
        document["contexts"]
    )
    assert not list(conflicts(source, {"cluster01": source, "cluster02": original(2)}))


@pytest.mark.parametrize("section", sorted(SECTIONS))
def test_an_entry_under_a_members_name_that_leads_elsewhere_is_a_conflict(section: str) -> None:
    document = kubeadm("https://192.0.2.1:6443", "ca of cluster01")
    body: dict[str, Any] = {
        "clusters": {"server": "https://192.0.2.77:6443"},
        "contexts": {"cluster": "cluster.local", "user": "kubernetes-admin"},
        "users": {"token": "somebody else's"},
    }[section]
    document[section].append({"name": "cluster02", SECTIONS[section]: body})
    source = read_text(as_text(document), None)
    found = list(conflicts(source, {"cluster01": source, "cluster02": original(2)}))
    assert found == [(section, "cluster02")]


def test_entries_of_our_own_are_no_conflict_even_when_they_are_out_of_date() -> None:
    fed_back = read_text(yaml_text.write(augmented(original(1).data, members())), None)
    renewed = read_text(as_text(kubeadm("https://192.0.2.2:6443", "a new ca")), None)
    assert not list(conflicts(fed_back, {"cluster01": original(1), "cluster02": renewed}))


def test_as_given_keeps_the_server_and_only_the_chosen_way() -> None:
    document = as_given({"cluster01": original()})
    assert document["current-context"] == "cluster01"
    assert bodies(document, "clusters")["cluster01"]["server"] == "https://192.0.2.1:6443"
    assert all(len(document[section]) == 1 for section in SECTIONS)


def test_a_merged_kubeconfig_can_be_read_for_every_context() -> None:
    text = yaml_text.write(merged(members()))
    for number, name in enumerate(NAMES, start=1):
        assert read_text(text, name).cluster["server"] == f"https://192.0.2.{number}:31443"


def test_urls_of_ipv6_addresses_have_brackets() -> None:
    assert server_url("fd00::1", 31443) == "https://[fd00::1]:31443"
    assert server_url("192.0.2.1", 31443) == "https://192.0.2.1:31443"


_texts = st.text(st.characters(codec="ascii", exclude_categories=["C"]), min_size=1, max_size=12)
_secrets = st.text("abcdefghijklmnop", min_size=16, max_size=24)
# Short, so that names of members and of existing entries do collide.
_names = st.from_regex(r"[a-c]{1,2}", fullmatch=True)
_users = st.one_of(
    st.fixed_dictionaries({"token": _secrets}),
    st.fixed_dictionaries({"username": _texts, "password": _secrets}),
    st.fixed_dictionaries(
        {"exec": st.fixed_dictionaries({"command": _texts, "args": st.lists(_texts)})}
    ),
    st.fixed_dictionaries({"token": _secrets, "as": _texts, "as-groups": st.lists(_texts)}),
)


@st.composite
def originals(draw: st.DrawFn) -> Kubeconfig:
    """Kubeconfigs of several clusters with names of any kind, and one context chosen."""
    names = draw(st.lists(_names | _texts, min_size=1, max_size=3, unique=True))
    document: dict[str, Any] = {"apiVersion": "v1", "kind": "Config"}
    document["clusters"] = [
        {"name": name, "cluster": {"server": f"https://192.0.2.{index}:6443"}}
        for index, name in enumerate(names, start=50)
    ]
    document["users"] = [{"name": name, "user": draw(_users)} for name in names]
    document["contexts"] = [
        {"name": name, "context": {"cluster": name, "user": name, "namespace": "n"}}
        for name in names
    ]
    document["current-context"] = draw(st.sampled_from(names))
    return read_text(as_text(document), None)


@st.composite
def drawn_members(draw: st.DrawFn) -> list[Member]:
    names = draw(st.lists(_names, min_size=1, max_size=3, unique=True))
    return [
        member(name, draw(originals()), f"https://192.0.2.1:{30000 + index}")
        for index, name in enumerate(names)
    ]


@given(originals(), drawn_members())
@settings(max_examples=30)
def test_no_original_entry_is_lost_or_changed(source: Kubeconfig, mesh: list[Member]) -> None:
    before = copy.deepcopy(source.data)
    result = augmented(source.data, mesh)
    for section in SECTIONS:
        assert result[section][: len(before[section])] == before[section]
    assert result["current-context"] == before["current-context"]
    assert source.data == before


@given(originals(), drawn_members())
@settings(max_examples=30)
def test_every_member_can_be_reached_by_its_name(source: Kubeconfig, mesh: list[Member]) -> None:
    result = augmented(source.data, mesh)
    foreign = set(bodies(source.data, "contexts"))
    for one in mesh:
        found = read_text(yaml_text.write(result), one.name)
        if one.name not in foreign:
            assert without_mark(found.cluster) == without_mark(one.cluster)
            assert without_mark(found.user) == without_mark(one.user)


@given(originals(), drawn_members())
@settings(max_examples=30)
def test_adding_twice_is_adding_once_and_survives_yaml(
    source: Kubeconfig, mesh: list[Member]
) -> None:
    once = augmented(source.data, mesh)
    read_back = yaml_text.read(yaml_text.write(once))
    assert read_back == once
    assert augmented(read_back, mesh) == once


@given(originals(), drawn_members())
@settings(max_examples=30)
def test_no_secret_shows_in_any_repr(source: Kubeconfig, mesh: list[Member]) -> None:
    users = [source.user, *(one.user for one in mesh)]
    secrets = {user[key] for user in users for key in ("token", "password") if key in user}
    shown = repr(source) + str(source) + repr(mesh) + str(mesh)
    assert not [secret for secret in secrets if secret in shown]


def test_a_ca_serves_to_tell_a_cluster_by_whatever_its_server() -> None:
    document = kubeadm("https://192.0.2.1:6443", "ca of cluster01")
    body = {
        "server": "https://vip.example:6443",
        "certificate-authority-data": ca("ca of cluster02").cert_data,
    }
    document["clusters"].append({"name": "cluster02", "cluster": body})
    source = read_text(as_text(document), None)
    assert not list(conflicts(source, {"cluster01": source, "cluster02": original(2)}))
