import base64
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from components.kubeconfig import yaml_text
from components.kubeconfig.document import MAX_BYTES, read_file, read_text
from components.kubeconfig.problem import KubeconfigError
from tests.kubeconfigs import as_text, ca, kubeadm, leaf

SERVER = "https://192.0.2.1:6443"


def with_user(**user: Any) -> str:
    return as_text(kubeadm(SERVER, **user))


@pytest.mark.parametrize(
    "user",
    [
        {},
        {"token": "012345"},
        {"exec": {"command": "aws", "args": ["eks", "a b " * 40], "env": None, "n": "\u00e9"}},
        {"username": "yes", "password": "a: b\nc\n"},
    ],
)
def test_the_text_is_the_same_with_libyaml_and_without(user: dict[str, Any]) -> None:
    """It is a stack output: machines that share a stack must not change it back and forth."""
    assert yaml.__with_libyaml__, "this compares the two"
    document = kubeadm(SERVER, **user)
    plainly = yaml.safe_dump(document, sort_keys=False, default_flow_style=False)
    assert yaml_text.write(document) == plainly


def test_every_kind_of_credential_is_kept_as_it_is() -> None:
    exec_plugin = {"apiVersion": "v1", "command": "aws", "args": ["eks"], "env": None}
    for user in (
        {"token": "t0ken"},
        {"username": "u", "password": "p"},
        {"exec": exec_plugin},
        {"auth-provider": {"name": "oidc", "config": {"id-token": "t"}}},
        {"token": "t", "as": "somebody", "as-groups": ["g"], "as-user-extra": {"k": ["v"]}},
    ):
        assert read_text(with_user(**user), None).user == user


def test_files_named_by_path_are_replaced_by_their_content(tmp_path: Path) -> None:
    client = leaf("client")
    (tmp_path / "pki").mkdir()
    for name, content in (("ca.crt", ca().cert), ("c.crt", client.cert), ("c.key", client.key)):
        (tmp_path / "pki" / name).write_text(content)
    (tmp_path / "token").write_text("t0ken\n")
    document = kubeadm(
        SERVER,
        **{"client-certificate": "pki/c.crt", "client-key": "pki/c.key", "tokenFile": "token"},
    )
    document["clusters"][0]["cluster"] = {"server": SERVER, "certificate-authority": "pki/ca.crt"}
    (tmp_path / "config").write_text(as_text(document))
    found = read_file(tmp_path / "config", None)
    assert found.cluster == {
        "server": SERVER,
        "certificate-authority-data": base64.b64encode(ca().cert.encode()).decode(),
    }
    assert found.user == {
        "client-certificate-data": client.cert_data,
        "client-key-data": client.key_data,
        "token": "t0ken",
    }


def test_data_wins_over_a_file_of_the_same_kind_as_in_client_go(tmp_path: Path) -> None:
    document = kubeadm(SERVER)
    document["users"][0]["user"]["client-key"] = "not-there"
    (tmp_path / "config").write_text(as_text(document))
    found = read_file(tmp_path / "config", None).user
    assert found["client-key-data"] and "client-key" not in found


def test_a_relative_file_in_content_without_a_folder_is_refused() -> None:
    with pytest.raises(KubeconfigError, match="the file that tokenFile names cannot be read"):
        read_text(with_user(tokenFile="token"), None)


@pytest.mark.parametrize(
    ("command", "becomes"), [("bin/login", "{}/bin/login"), ("/bin/x", "/bin/x"), ("aws", "aws")]
)
def test_an_exec_plugin_is_found_from_any_folder(
    tmp_path: Path, command: str, becomes: str
) -> None:
    (tmp_path / "config").write_text(with_user(exec={"command": command}))
    found = read_file(tmp_path / "config", None).user
    assert found["exec"]["command"] == becomes.format(tmp_path)


def test_the_document_is_kept_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t0ken")
    (tmp_path / "config").write_text(with_user(tokenFile="token"))
    found = read_file(tmp_path / "config", None)
    assert found.data == yaml.safe_load(with_user(tokenFile="token"))


def test_a_context_is_chosen_by_name_else_the_current_one() -> None:
    document = kubeadm(SERVER)
    document["contexts"].append({"name": "second", "context": document["contexts"][0]["context"]})
    assert read_text(as_text(document), None).context == "kubernetes-admin@cluster.local"
    assert read_text(as_text(document), "second").context == "second"


EXTENSION = {"name": "minikube", "extension": {}}


@pytest.mark.parametrize("section", ["clusters", "contexts", "users"])
@pytest.mark.parametrize("is_same", [True, False], ids=["the same", "another"])
def test_a_name_that_stands_twice_in_a_section_is_refused_as_by_kubectl(
    section: str, is_same: bool
) -> None:
    """The second cluster's API server would be sent the first's token."""
    document = kubeadm(SERVER)
    entry = document[section][0]
    document[section].append(entry if is_same else {"name": entry["name"]})
    with pytest.raises(KubeconfigError) as error:
        read_text(as_text(document), None)
    assert f"{entry['name']!r} appears more than once under {section}" in str(error.value)


def with_extensions(*path: str) -> dict[str, Any]:
    document = kubeadm(SERVER)
    place = document if len(path) < 2 else document.setdefault(path[0], {})
    if path and path[0] in ("clusters", "contexts", "users"):
        place = document[path[0]][0][path[0].removesuffix("s")]
    place["extensions"] = [EXTENSION, EXTENSION]
    return document


@pytest.mark.parametrize(
    "path",
    [(), ("preferences", ""), ("clusters", ""), ("contexts", ""), ("users", "")],
    ids=["top", "preferences", "clusters", "contexts", "users"],
)
def test_so_is_an_extension_wherever_client_go_has_them(path: tuple[str, ...]) -> None:
    with pytest.raises(KubeconfigError, match="'minikube' appears more than once under"):
        read_text(as_text(with_extensions(*path)), None)


def test_all_names_that_stand_twice_are_told_and_none_of_what_is_in_them() -> None:
    document = kubeadm(SERVER)
    document["users"] += [{"name": "kubernetes-admin", "user": {"token": "c4n4ry"}}] * 2
    document["clusters"] += [{"name": "odd\nname", "cluster": {}}] * 2
    with pytest.raises(KubeconfigError) as error:
        read_text(as_text(document), None)
    assert len(error.value.problems) == 2
    assert "c4n4ry" not in repr(error.value.problems) and "\n" not in str(error.value)


def test_the_same_name_in_two_sections_is_what_everybody_has() -> None:
    document = kubeadm(SERVER, context="kubernetes-admin")
    assert read_text(as_text(document), None).context == "kubernetes-admin"


def test_a_file_that_is_no_kubeconfig_by_size_or_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "huge").write_bytes(b"#" * (MAX_BYTES + 1))
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for name, text in (("huge", "far too large"), ("binary", "not text")):
        with pytest.raises(KubeconfigError, match=text):
            read_file(tmp_path / name, None)


@pytest.mark.parametrize(
    "text", ["012345", "1_000", "1e3", "2024-01-01", "yes", "0x1F", "on", ".inf", "123456", "="]
)
def test_a_token_that_looks_like_a_number_survives_reading_and_writing(text: str) -> None:
    """kubectl reads it as text; YAML 1.1 would make another number, a date or a boolean of it."""
    document = as_text(kubeadm(SERVER, token="T0KEN")).replace("T0KEN", text)
    found = read_text(document, None)
    assert found.user["token"] == text
    assert f"token: {text}\n" in found.text


def test_booleans_and_quoted_text_stay_what_they_are() -> None:
    text = 'a: true\nb: "true"\nc: "5"\nd: null\n'
    assert yaml_text.read(text) == {"a": True, "b": "true", "c": "5", "d": None}
    assert yaml.safe_load(yaml_text.write(yaml_text.read(text))) == yaml.safe_load(text)


_names = st.sampled_from(["a", "b", "clusters", "users", "contexts", "current-context", "name"])
_FIELDS = [
    "as",
    "auth-provider",
    "certificate-authority-data",
    "client-certificate",
    "client-key-data",
    "cluster",
    "exec",
    "extensions",
    "server",
    "token",
    "tokenFile",
    "user",
]
_junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | _names,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=6),
    max_leaves=15,
)


@given(_junk, st.none() | _names)
@settings(max_examples=100, deadline=None)
def test_whatever_the_document_only_kubeconfig_errors_are_raised(
    document: Any, context: str | None
) -> None:
    with pytest.raises(KubeconfigError):
        read_text(yaml.safe_dump(document), context)


@given(
    st.sampled_from(["clusters", "users", "contexts"]),
    st.dictionaries(
        st.sampled_from(_FIELDS),
        _junk,
        max_size=4,
    ),
)
@settings(max_examples=100, deadline=None)
def test_whatever_a_body_holds_only_kubeconfig_errors_are_raised(
    section: str, body: dict[str, Any]
) -> None:
    document = kubeadm(SERVER)
    key = section.removesuffix("s")
    document[section][0][key] = {**document[section][0][key], **body}
    try:
        read_text(yaml.safe_dump(document), None)
    except KubeconfigError as error:
        assert error.problems


def test_a_document_that_refers_to_itself_does_not_hang() -> None:
    with pytest.raises(KubeconfigError):
        read_text("&a {clusters: *a}", None)


def test_deep_nesting_is_refused_and_not_a_crash() -> None:
    with pytest.raises(KubeconfigError):
        read_text("[" * 1200, None)
