"""Kubeconfigs that could hang, garble or crash later steps are refused when read."""

import json
from pathlib import Path
from typing import Any

import pytest

from components.config.faults.fault import ConfigFaults
from components.config.loading import load
from components.kubeconfig import merge
from components.kubeconfig.document import Kubeconfig, read_text
from components.kubeconfig.entry import MAX_FILE_BYTES
from components.kubeconfig.plain import MAX_DEPTH
from components.kubeconfig.problem import KubeconfigError
from tests.kubeconfigs import as_text, kubeadm
from tests.unit.config.configs import raw_cluster

SERVER = "https://192.0.2.1:6443"
GOOD = as_text(kubeadm(SERVER))


def refusal(text: str) -> str:
    with pytest.raises(KubeconfigError) as refused:
        read_text(text, None)
    for problem in refused.value.problems:
        assert problem.text.isprintable() and problem.allowed.isprintable() and problem.remedy
    return str(refused.value)


def with_cluster(**body: Any) -> str:
    document = kubeadm(SERVER)
    document["clusters"][0]["cluster"] |= body
    return as_text(document)


def with_user(**body: Any) -> str:
    return as_text(kubeadm(SERVER, **({"token": "t0ken"} | body)))


def bomb(level: str) -> str:
    """Twelve lines that unfold to 6^12 values; `level` is filled with a number and its content."""
    lines = [level.format(number, ", ".join([f"*l{number - 1}"] * 6)) for number in range(1, 13)]
    return "\n".join(["l0: &l0 {k0: x}", *lines, GOOD])


@pytest.mark.parametrize("level", ["l{0}: &l{0} [{1}]", "l{0}: &l{0} {{a: {{b: [{1}]}}}}"])
def test_anchors_that_unfold_to_more_than_the_memory_are_refused(level: str) -> None:
    """Each is written as JSON for kubectl, the provider and the engine, where nothing is shared."""
    assert "expands to more than" in refusal(bomb(level))


def test_merge_keys_that_multiply_are_refused_while_reading() -> None:
    assert "merge keys" in refusal(bomb("l{0}: &l{0} {{<<: [{1}], k{0}: x}}"))


@pytest.mark.parametrize("text", ["&me [*me]", "&me {me: *me}", "&me [[[*me]], {a: *me}]"])
def test_a_value_that_holds_itself_is_refused(text: str) -> None:
    assert "nested deeper" in refusal(f"{GOOD}extra: {text}\n")


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 100_000])
def test_what_is_nested_deeply_is_refused_at_once(depth: int) -> None:
    assert "nested deeper" in refusal(f"{GOOD}extra: {'[' * depth}{']' * depth}\n")


def test_depth_counts_through_anchors() -> None:
    half = MAX_DEPTH // 2 + 2
    text = f"one: &one {'[' * half}{']' * half}\ntwo: {'[' * half}*one{']' * half}\n"
    assert "nested deeper" in refusal(text + GOOD)


def test_anchors_and_merge_keys_that_people_use_are_taken() -> None:
    shared = f"shared: &shared {{server: {SERVER}}}\n"
    merged = GOOD.replace(f"server: {SERVER}", "<<: *shared")
    assert "*shared" in merged
    assert read_text(shared + merged, None).cluster["server"] == SERVER


@pytest.mark.parametrize(
    "extra",
    ["!!binary aGVsbG8=", "!!set {a, b}", "{true: x}", "{null: x}", "!!omap [a: b]"],
)
def test_what_json_cannot_say_is_refused(extra: str) -> None:
    """A token of bytes would cause a traceback when the provider's input is made."""
    assert "this is not a kubeconfig: it has a" in refusal(f"{GOOD}extra: {extra}\n")


def test_what_is_taken_can_be_written_as_json() -> None:
    one = read_text(f"{GOOD}extra: {{1: 2, 2024-01-01: .nan, ~: yes}}\n".replace("~", "a"), None)
    assert json.dumps(merge.as_given({"one": one})) and json.dumps(one.data)


@pytest.mark.parametrize("name", ['"\\ud800"', '"\\udfff x"'])
def test_half_a_character_is_refused_since_no_encoding_has_it(name: str) -> None:
    assert "half a character" in refusal(GOOD.replace("kubernetes-admin@cluster.local", name))


def test_the_names_of_contexts_cannot_garble_the_report_nor_fill_it() -> None:
    document = kubeadm(SERVER)
    entry = document["contexts"][0]["context"]
    names = ["\x1b[2J", "a\nb", *(f"context{number}" for number in range(300))]
    document["contexts"] = [{"name": name, "context": entry} for name in names]
    with pytest.raises(KubeconfigError) as refused:
        read_text(as_text(document), "missing")
    (problem,) = refused.value.problems
    assert problem.allowed.isprintable() and "and 292 more" in problem.allowed


@pytest.mark.parametrize(
    "server",
    ["https://h:banana", "https://h:99999", "https://h:0", "https://[::1", "https://h/\x1b[2J"],
)
def test_a_server_whose_port_is_none_or_that_cannot_be_shown_is_refused(server: str) -> None:
    assert "no https server" in refusal(with_cluster(server=server))


def test_a_server_with_a_password_in_it_is_refused_and_not_quoted() -> None:
    """The address of a server is in messages and in the state."""
    said = refusal(with_cluster(server="https://admin:hunter2@192.0.2.1"))
    assert "contains a user name" in said and "hunter2" not in said


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"as-groups": True}, "as-groups"),
        ({"as-groups": ["a", None]}, "as-groups.1"),
        ({"as-user-extra": {"key": "text"}}, "as-user-extra.key"),
        ({"username": ["x"]}, "username"),
        ({"tokenFile": ["x"]}, "tokenFile"),
        ({"exec": "aws"}, "exec"),
        ({"exec": {"args": ["a"]}}, "exec.command"),
        ({"exec": {"command": ""}}, "exec.command"),
        ({"exec": {"command": "aws", "args": True}}, "exec.args"),
        ({"exec": {"command": "aws", "env": [{"name": "A"}]}}, "exec.env.0.value"),
        ({"exec": {"command": "aws", "env": ["A=b"]}}, "exec.env.0"),
        ({"auth-provider": {"config": "x"}}, "auth-provider.config"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named_by_its_place(body: dict[str, Any], place: str) -> None:
    """Each was a traceback when the credentials were made."""
    assert f"{place} of the context's user is" in refusal(with_user(**body))


@pytest.mark.parametrize(
    "body", [{"proxy-url": []}, {"tls-server-name": ["x"]}, {"tls-server-name": "a\0b"}]
)
def test_a_clusters_values_are_checked_too(body: dict[str, Any]) -> None:
    assert f"{next(iter(body))} of the context's cluster is no" in refusal(with_cluster(**body))


@pytest.mark.parametrize("token", ["t0ken\nHost: x", "tökén", "a\0b"])
def test_a_token_that_no_header_can_hold_is_refused_and_not_quoted(token: str) -> None:
    said = refusal(with_user(token=token))
    assert "characters that a token cannot have" in said and "t0ken" not in said


def test_what_client_go_takes_is_taken() -> None:
    """Numbers as text, empty sections, keys that nobody knows."""
    plugin = {"command": "aws", "args": None, "env": None, "interactiveMode": "Never"}
    user = {"exec": plugin, "as-groups": None, "as-user-extra": {"k": None}, "own": [1]}
    found: Kubeconfig = read_text(with_user(**user) + "\n", None)
    assert found.user["exec"] == plugin
    assert read_text(with_user(username=5, password=6), None).user["password"] == "6"


@pytest.mark.parametrize("path", ["~\0/config", "~\ud800/config", "\0", "x" * 5000])
def test_a_path_that_no_file_can_have_is_a_fault(path: str) -> None:
    clusters = [raw_cluster(1, kubeconfigContent=None, kubeconfig=path), raw_cluster(2)]
    with pytest.raises(ConfigFaults) as refused:
        load({"clusters": clusters}, Path("/nowhere"))
    (fault,) = refused.value.faults
    assert fault.key.endswith("clusters[0].kubeconfig") and "cannot be read" in fault.problem


def test_a_huge_file_that_a_kubeconfig_names_is_not_read_into_memory(tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    document = kubeadm(SERVER, **{"tokenFile": str(tmp_path / "huge")})
    assert "tokenFile names cannot be read" in refusal(as_text(document))
