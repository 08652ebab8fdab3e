"""Facts of this machine: the CLI on PATH and the proxy in the environment."""

from pathlib import Path

import pytest

from components.checks.network import API_SERVER_SERVICE
from components.common.versions import Version
from components.facts.cilium_cli import CliFacts, read_cli
from components.kube_api.proxy import proxy_for


def install(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> str:
    program = folder / "cilium"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return str(program)


def test_the_cli_tells_its_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = "echo 'cilium-cli: v0.18.7 compiled with go1.24 on linux/amd64'"
    path = install(tmp_path, f'[ "$*" = "version --client" ] && {line}', monkeypatch)
    assert read_cli() == CliFacts(path, Version(0, 18, 7), "v0.18.7")


def test_what_the_cli_asks_the_internet_for_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = install(tmp_path, "echo 'cilium-cli: v0.18.7 x'; exec sleep 3600", monkeypatch)
    assert read_cli() == CliFacts(path, Version(0, 18, 7), "v0.18.7")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 'cilium-cli: (devel) x'", "(devel)"),
        ("exit 3", ""),
        ("exec sleep 3600", ""),
        (r"printf '\377\n'", ""),
    ],
)
def test_a_cli_that_tells_no_version_is_still_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, said: str
) -> None:
    path = install(tmp_path, script, monkeypatch)
    assert read_cli(seconds=0.3) == CliFacts(path, None, said)


def test_without_a_cli_there_is_no_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert read_cli() == CliFacts(None)


@pytest.mark.parametrize(
    ("server", "configured", "https_proxy", "no_proxy", "expected"),
    [
        ("https://10.0.0.1:6443", None, "", "", None),
        ("https://10.0.0.1:6443", "http://p:1", "http://q:2", "*", "http://p:1"),
        ("https://10.0.0.1:6443", None, "http://q:2", "", "http://q:2"),
        ("https://10.0.0.1:6443", None, "q:2", "", "http://q:2"),
        ("https://10.0.0.1:6443", None, "http://q:2", "10.0.0.0/8", None),
        ("https://10.0.0.1:6443", None, "http://q:2", "10.0.0.1", None),
        ("https://10.0.0.1:6443", None, "http://q:2", "192.0.2.0/24, x", "http://q:2"),
        ("https://api.corp.example", None, "http://q:2", ".corp.example", None),
        ("https://api.corp.example", None, "http://q:2", "corp.example", None),
        ("https://api.corp.example", None, "http://q:2", "orp.example", "http://q:2"),
        ("https://api.corp.example", None, "http://q:2", "*", None),
        ("https://127.0.0.1:6443", None, "http://q:2", "", None),
        ("https://localhost:6443", None, "http://q:2", "", None),
    ],
)
def test_the_proxy_is_the_one_that_kubectl_takes(
    monkeypatch: pytest.MonkeyPatch,
    server: str,
    configured: str | None,
    https_proxy: str,
    no_proxy: str,
    expected: str | None,
) -> None:
    for name, value in (("HTTPS_PROXY", https_proxy), ("NO_PROXY", no_proxy)):
        monkeypatch.setenv(name, value)
        monkeypatch.delenv(name.lower(), raising=False)
    assert proxy_for(server, configured) == expected


def test_preflight_knows_our_own_service_by_the_name_that_it_gets() -> None:
    service = pytest.importorskip("components.api_server_service")
    assert f"{service.NAMESPACE}/{service.SERVICE_NAME}" == API_SERVER_SERVICE
