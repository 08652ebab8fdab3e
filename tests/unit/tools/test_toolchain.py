import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.unit.tools.conftest import GO, FakeRunner, Listener
from tools import golang, host, toolchain
from tools.cache import Cache, module_key
from tools.catalogue import MODULES
from tools.errors import ToolchainError
from tools.report import Origin


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with Go, with nothing on PATH and an empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(golang, "find_go", lambda: GO)
    monkeypatch.setattr(host, "check_platform", lambda: None)
    monkeypatch.setattr(host, "plan_build", lambda: host.BuildPlan(workers=2))
    monkeypatch.setattr(host, "check_disk", lambda *_: None)
    return tmp_path / "xdg" / "cilium-clustermesh" / "tools"


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> FakeRunner:
    fake = FakeRunner()

    class Processes:
        def run(
            self, command: Sequence[str], *, cwd: Path, env: Mapping[str, str], log: Path
        ) -> int:
            return fake.run(command, cwd=cwd, env=env, log=log)

        def stop(self) -> None:
            pass

    monkeypatch.setattr(toolchain, "Processes", Processes)
    return fake


def _fill(root: Path) -> None:
    """Put every program into the cache as if it had been built."""
    cache = Cache(root)
    for module in MODULES:
        key = module_key(module, GO.identity)
        for program in module.programs:
            for name in (program.name, *(file[0] for file in program.files)):
                path = cache.program(module, key, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(name)
                path.chmod(0o755)


def test_a_second_run_builds_nothing(root: Path, runner: FakeRunner, listener: Listener) -> None:
    first = toolchain.ensure(["etcd", "coredns"], listener)
    second = toolchain.ensure(["etcd", "coredns"], listener)
    assert len(runner.commands) == 2
    assert first == second
    assert {origin for _, origin in listener.lines[2:]} == {Origin.CACHED}


def test_everything_is_linked_in_one_folder(root: Path, runner: FakeRunner) -> None:
    _fill(root)
    tools = toolchain.ensure()
    expected = {
        name
        for module in MODULES
        for program in module.programs
        for name in (program.name, *(file[0] for file in program.files))
    }
    assert {path.name for path in tools.bin_dir.iterdir()} == expected
    assert all(path.read_text() == path.name for path in tools.bin_dir.iterdir())
    assert runner.commands == []


def test_pulumi_has_its_language_host_beside_its_real_file(root: Path, runner: FakeRunner) -> None:
    """The engine looks there first and warns at every run about one that it finds elsewhere."""
    _fill(root)
    pulumi = toolchain.ensure().path("pulumi")
    assert (pulumi.resolve().parent / "pulumi-language-python").exists()


def test_a_program_of_the_user_is_used_and_linked(
    root: Path, runner: FakeRunner, tmp_path: Path, listener: Listener
) -> None:
    kubectl = tmp_path / "bin" / "kubectl"
    kubectl.parent.mkdir()
    kubectl.write_text('#!/bin/sh\necho \'{"gitVersion": "v1.33.9"}\'\n')
    kubectl.chmod(0o755)
    tools = toolchain.ensure(["kubectl"], listener)
    assert tools.path("kubectl") == kubectl
    assert (tools.bin_dir / "kubectl").resolve() == kubectl
    assert listener.lines == [("kubectl", Origin.PATH)]
    assert runner.commands == []


def test_the_users_pulumi_brings_its_own_language_host(
    root: Path, runner: FakeRunner, tmp_path: Path
) -> None:
    for name in ("pulumi", "pulumi-language-python", "pulumi-language-python-exec"):
        path = tmp_path / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("#!/bin/sh\necho v3.300.0\n")
        path.chmod(0o755)
    tools = toolchain.ensure(["pulumi-language-python"])
    assert tools.path("pulumi-language-python") == tmp_path / "bin" / "pulumi-language-python"
    assert runner.commands == []


def test_what_is_ready_can_be_had_without_building(root: Path, runner: FakeRunner) -> None:
    toolchain.ensure(["etcd"])
    ready = toolchain.ready()
    assert set(ready.programs) == {"etcd"}
    assert (ready.bin_dir / "etcd").exists()
    assert len(runner.commands) == 1


def test_an_unknown_program_is_answered_with_the_known_ones(root: Path) -> None:
    with pytest.raises(ToolchainError, match=r"No such program: kubctl.*kubectl"):
        toolchain.ensure(["kubctl"])


def test_a_program_that_was_not_asked_for_is_not_handed_out(root: Path, runner: FakeRunner) -> None:
    with pytest.raises(ToolchainError, match="not asked for a program called coredns"):
        toolchain.ensure(["etcd"]).path("coredns")


def test_the_program_that_failed_is_named_not_those_that_were_stopped(
    root: Path, runner: FakeRunner
) -> None:
    runner.answer = lambda command, _log: int(command[-2].endswith("coredns"))
    with pytest.raises(ToolchainError, match=r"coredns \S+ did not build"):
        toolchain.ensure(["etcd", "coredns", "loopback"])


def test_nothing_is_built_on_a_machine_that_is_too_small(
    root: Path, runner: FakeRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise ToolchainError("Too little disk space")

    monkeypatch.setattr(host, "check_disk", refuse)
    with pytest.raises(ToolchainError, match="Too little disk space"):
        toolchain.ensure(["etcd"])
    assert runner.commands == []
    assert not root.exists()


def test_a_pulumi_home_points_at_our_providers_and_is_brought_in_line(
    root: Path, runner: FakeRunner, tmp_path: Path
) -> None:
    _fill(root)
    tools = toolchain.ensure()
    home = tmp_path / "home"
    stale = home / "plugins" / "resource-command-v1.2.1" / "pulumi-resource-command"
    stale.parent.mkdir(parents=True)
    stale.symlink_to("/gone")
    for _ in range(2):
        environment = tools.pulumi_environment(home)
        assert stale.readlink() == tools.path("pulumi-resource-command")
        assert environment["PULUMI_HOME"] == str(home)
        assert environment["PULUMI_IGNORE_AMBIENT_PLUGINS"] == "true"
    assert len(list((home / "plugins").iterdir())) == 2


def test_clean_keeps_what_this_clone_uses(root: Path, runner: FakeRunner) -> None:
    _fill(root)
    tools = toolchain.ensure()
    stale = [root / "etcd-0123456789abcdef", root / "bin-0123456789abcdef"]
    for folder in stale:
        (folder / "bin").mkdir(parents=True)
    assert sorted(toolchain.clean(everything=False)) == sorted(stale)
    assert toolchain.ensure() == tools
    assert runner.commands == []


def test_clean_all_leaves_nothing_to_run(root: Path, runner: FakeRunner) -> None:
    _fill(root)
    toolchain.ensure()
    toolchain.clean(everything=True)
    assert not list(root.glob("*/bin/*"))
    assert not list(root.glob("bin-*"))


def test_the_checksum_database_is_left_out_and_go_sum_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GOFLAGS", "-mod=mod")
    monkeypatch.setenv("GOPROXY", "https://proxy.example")
    environment = golang.build_environment()
    assert environment["GOFLAGS"] == "-mod=readonly"
    assert environment["GOSUMDB"] == "off"
    assert environment["GOTOOLCHAIN"] == "local"
    assert environment["GOPROXY"] == "https://proxy.example"
    assert environment.keys() >= os.environ.keys()


def test_an_old_go_is_refused_with_both_versions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = tmp_path / "go"
    values = ", ".join(
        f'"{name}": "{"go1.21.3" if name == "GOVERSION" else "x"}"'
        for name in ("GOVERSION", "GOOS", "GOARCH", "GOAMD64", "GOMODCACHE", "GOCACHE")
    )
    go.write_text(f"#!/bin/sh\necho '{{{values}}}'\n")
    go.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolchainError, match=rf"Go {golang.required_go()} or newer.*1\.21\.3"):
        golang.find_go()
    go.unlink()
    with pytest.raises(ToolchainError, match="Go is not installed"):
        golang.find_go()
