"""Reading from an API server on loopback with real TLS."""

import base64
import os
import socket
import stat
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from urllib3.util import connection

from components.kube_api.errors import ApiError, Kind
from components.kube_api.reader import METADATA_ONLY, ApiReader
from components.kubeconfig.document import Kubeconfig, read_text
from tests.fake_api import FakeApi, server_pair, serving
from tests.kubeconfigs import as_text, ca, kubeadm, leaf

SECONDS = 5


@pytest.fixture
def api() -> Iterator[FakeApi]:
    with serving(server_pair()) as served:
        served.objects["/version"] = {"gitVersion": "v1.33.4"}
        yield served


def config(api: FakeApi, cluster: dict[str, Any] | None = None, **user: Any) -> Kubeconfig:
    document = kubeadm(api.url, **user)
    document["clusters"][0]["cluster"].update(cluster or {})
    return read_text(as_text(document), None)


def failure(kubeconfig: Kubeconfig, seconds: float = SECONDS, path: str = "/version") -> ApiError:
    with pytest.raises(ApiError) as error:
        ApiReader(kubeconfig, seconds).get(path)
    return error.value


def sent(api: FakeApi) -> dict[str, str]:
    return api.requests[-1][2]


def test_a_client_certificate_is_shown_to_the_server(api: FakeApi) -> None:
    assert ApiReader(config(api), SECONDS).get("/version") == {"gitVersion": "v1.33.4"}
    assert api.peer_names == ["kubernetes-admin"]
    assert "Authorization" not in sent(api)


def test_a_token_is_sent_as_bearer(api: FakeApi) -> None:
    ApiReader(config(api, token="t0ken"), SECONDS).get("/version")
    assert sent(api)["Authorization"] == "Bearer t0ken"


def test_user_name_and_password_are_sent_as_basic(api: FakeApi) -> None:
    ApiReader(config(api, username="u", password="p"), SECONDS).get("/version")
    assert sent(api)["Authorization"] == "Basic " + base64.b64encode(b"u:p").decode()


def test_impersonation_is_sent_with_every_group(api: FakeApi) -> None:
    user: dict[str, Any] = {
        "as": "jane",
        "as-uid": "7",
        "as-groups": ["a", "b"],
        "as-user-extra": {"k": ["v"]},
    }
    ApiReader(config(api, token="t", **user), SECONDS).get("/version")
    headers = sent(api)
    assert headers["Impersonate-User"] == "jane" and headers["Impersonate-Uid"] == "7"
    assert headers["Impersonate-Extra-k"] == "v"
    assert api.groups == ["a", "b"]


def plugin(script: str, **more: Any) -> dict[str, Any]:
    return {"command": sys.executable, "args": ["-c", script], **more}


def test_a_credential_plugin_gives_a_token_and_sees_its_environment(api: FakeApi) -> None:
    script = (
        "import json,os;"
        "info=json.loads(os.environ['KUBERNETES_EXEC_INFO']);"
        "assert info['kind']=='ExecCredential' and not info['spec']['interactive'];"
        "print(json.dumps({'status':{'token':os.environ['WHO']}}))"
    )
    spec = plugin(script, env=[{"name": "WHO", "value": "t0ken"}])
    ApiReader(config(api, exec=spec), SECONDS).get("/version")
    assert sent(api)["Authorization"] == "Bearer t0ken"


def test_a_credential_plugin_may_give_a_certificate(api: FakeApi) -> None:
    pair = leaf("from-plugin")
    status = {"clientCertificateData": pair.cert, "clientKeyData": pair.key}
    script = f"import json;print(json.dumps({{'status':{status!r}}}))"
    ApiReader(config(api, exec=plugin(script)), SECONDS).get("/version")
    assert api.peer_names == ["from-plugin"]


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        (plugin("print('c4n4ry');raise SystemExit('c4n4ry')"), "failed with exit code 1"),
        (plugin("print('c4n4ry')"), "returned no ExecCredential"),
        (plugin("import time;time.sleep(60)"), "did not end within"),
        ({"command": "no-such-program-c4n4ry"[:15]}, "cannot be run"),
    ],
)
def test_a_plugin_that_fails_is_an_error_that_quotes_nothing(
    api: FakeApi, spec: dict[str, Any], text: str
) -> None:
    error = failure(config(api, exec={**spec, "installHint": "log in first"}), seconds=1)
    assert error.kind is Kind.PLUGIN and text in error.text
    assert error.remedy == "log in first" and "c4n4ry" not in error.text


def test_a_plugin_does_not_hang_on_standard_input(api: FakeApi) -> None:
    script = 'import sys;sys.stdin.read();print(\'{"status":{"token":"t"}}\')'
    with standard_input_that_never_ends():
        ApiReader(config(api, exec=plugin(script)), SECONDS).get("/version")


@contextmanager
def standard_input_that_never_ends() -> Iterator[None]:
    reading, writing = os.pipe()
    before = os.dup(0)
    os.dup2(reading, 0)
    try:
        yield
    finally:
        os.dup2(before, 0)
        for descriptor in (reading, writing, before):
            os.close(descriptor)


def test_a_server_with_another_ca_is_refused(api: FakeApi) -> None:
    document = kubeadm(api.url, "another ca")
    error = failure(read_text(as_text(document), None))
    assert error.kind is Kind.TLS and "not signed by the kubeconfig's CA" in error.text
    assert not api.requests


def test_an_address_that_is_not_in_the_certificate_is_refused_unless_a_name_is_given() -> None:
    with serving(server_pair("kubernetes.default.svc")) as api:
        api.objects["/version"] = {}
        assert failure(config(api)).kind is Kind.TLS_NAME
        named = config(api, {"tls-server-name": "kubernetes.default.svc"})
        assert ApiReader(named, SECONDS).get("/version") == {}
        wrong = config(api, {"tls-server-name": "other.svc"})
        assert failure(wrong).kind is Kind.TLS_NAME


def test_the_names_in_the_certificate_are_told(api: FakeApi) -> None:
    found = ApiReader(config(api), SECONDS).certificate()
    assert found is not None
    assert found.names == ("127.0.0.1", "kubernetes.default.svc")


def test_names_that_could_not_be_read_once_are_no_other_names(
    api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A busy API server would be given a tls-server-name, and every kubeconfig would change."""
    connect, calls = socket.create_connection, []

    def late_once(*where: Any, **options: Any) -> socket.socket:
        calls.append(where)
        if len(calls) == 1:
            raise TimeoutError("timed out")
        return connect(*where, **options)

    monkeypatch.setattr(socket, "create_connection", late_once)
    found = ApiReader(config(api), SECONDS).certificate()
    assert found is not None
    assert found.names == ("127.0.0.1", "kubernetes.default.svc")


@pytest.mark.parametrize(
    ("status", "kind", "text"),
    [
        (401, Kind.UNAUTHORIZED, "does not accept the credentials"),
        (403, Kind.FORBIDDEN, "may not read /version"),
        (404, Kind.NOT_FOUND, "there is no /version"),
        (500, Kind.ANSWER, "status 500: went wrong"),
    ],
)
def test_a_refusal_says_what_it_is(api: FakeApi, status: int, kind: Kind, text: str) -> None:
    api.answer = lambda _: (status, {"message": "went wrong"})
    error = failure(config(api))
    assert error.kind is kind and text in error.text and error.remedy


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"", b"\xff\xff"])
def test_an_answer_that_is_no_object_is_an_error(api: FakeApi, body: bytes) -> None:
    api.answer = lambda _: (200, body)
    assert failure(config(api)).kind is Kind.ANSWER


def test_a_closed_port_and_an_unknown_name_are_told_apart() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"https://127.0.0.1:{closed.getsockname()[1]}"
        refused = failure(read_text(as_text(kubeadm(url)), None))
    assert refused.kind is Kind.CONNECTION and "connection refused" in refused.text
    nowhere = failure(read_text(as_text(kubeadm("https://no-such-host.invalid:6443")), None))
    assert nowhere.kind is Kind.CONNECTION


@pytest.mark.parametrize("lost", [1, 2])
def test_a_connection_that_nobody_takes_is_tried_once_more(
    api: FakeApi, monkeypatch: pytest.MonkeyPatch, lost: int
) -> None:
    """Its source port alone may be the reason."""
    connect, attempts = connection.create_connection, iter(range(lost))

    def sometimes(*arguments: Any, **options: Any) -> socket.socket:
        if next(attempts, None) is not None:
            raise TimeoutError
        return connect(*arguments, **options)

    monkeypatch.setattr(connection, "create_connection", sometimes)
    if lost == 1:
        assert ApiReader(config(api), SECONDS).get("/version")
    else:
        assert "did not answer within" in failure(config(api)).text


def test_a_server_that_accepts_and_says_nothing_is_given_up_in_time() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"https://127.0.0.1:{silent.getsockname()[1]}"
        error = failure(read_text(as_text(kubeadm(url)), None), seconds=0.2)
    assert error.kind is Kind.TIMEOUT and "did not answer within 0.2 s" in error.text


def test_a_server_that_answers_drop_by_drop_is_given_up_in_time(api: FakeApi) -> None:
    """Each drop comes within the time of a read; the whole answer takes ten times that."""
    api.drip_seconds = 0.02
    api.answer = lambda _: (200, b" " * 500 + b"{}")
    assert failure(config(api), seconds=1).kind is Kind.TIMEOUT


def test_long_lists_are_read_page_by_page(api: FakeApi) -> None:
    api.objects["/api/v1/nodes"] = [{"n": n} for n in range(1201)]
    found = ApiReader(config(api), SECONDS).items("/api/v1/nodes")
    assert found == [{"n": n} for n in range(1201)]
    assert len(api.requests) == 3


def test_labels_alone_are_asked_for_where_the_content_is_not_wanted(api: FakeApi) -> None:
    api.objects["/api/v1/secrets"] = []
    ApiReader(config(api), SECONDS).items("/api/v1/secrets", METADATA_ONLY, labelSelector="a=b")
    assert sent(api)["Accept"] == METADATA_ONLY
    assert api.requests[-1][3]["labelSelector"] == ["a=b"]


def test_a_path_in_the_server_url_stays_in_front(api: FakeApi) -> None:
    api.objects["/k8s/clusters/c-1/version"] = {"gitVersion": "v1.30.0"}
    cluster = {"server": f"{api.url}/k8s/clusters/c-1"}
    assert ApiReader(config(api, cluster), SECONDS).get("/version") == {"gitVersion": "v1.30.0"}


def test_the_keys_are_never_in_a_file(
    api: FakeApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even for a moment: every file that Python opens for writing is watched."""
    opened: list[str] = []

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and watching.is_set() and isinstance(arguments[0], str):
            flags = arguments[2] if isinstance(arguments[2], int) else 0
            if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                opened.append(arguments[0])

    watching = threading.Event()
    sys.addaudithook(watch)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    watching.set()
    ApiReader(config(api), SECONDS).get("/version")
    watching.clear()
    assert opened == [] and list(tmp_path.iterdir()) == []


def test_without_memory_files_the_keys_are_private_and_gone_afterwards(
    api: FakeApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "memfd_create")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    modes: set[int] = set()
    original = Path.write_text

    def noting(self: Path, text: str) -> int:
        modes.update({stat.S_IMODE(self.stat().st_mode), stat.S_IMODE(self.parent.stat().st_mode)})
        return original(self, text)

    monkeypatch.setattr(Path, "write_text", noting)
    ApiReader(config(api), SECONDS).get("/version")
    assert modes == {0o600, 0o700}
    assert list(tmp_path.iterdir()) == []


def test_an_encrypted_key_is_an_error_and_no_question_on_the_terminal(api: FakeApi) -> None:
    kubeconfig = config(api)
    kubeconfig.user["client-key-data"] = ca("another").key_data
    error = failure(kubeconfig)
    assert error.kind is Kind.TLS and "do not match" in error.text
