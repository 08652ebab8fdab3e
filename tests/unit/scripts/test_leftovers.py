"""Our own files that the provider leaves behind are removed; everybody else's stay."""

import base64
import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from components.scripts.leftovers import sweep

KEY = base64.b64encode(b"-----a private key, long enough to be broken over lines-----").decode()
USER = {"client-key-data": KEY}


@pytest.fixture
def left(tmp_path: Path) -> Path:
    file = tmp_path / "kubeconfig1234567"
    file.write_text(f"users:\n- user:\n    client-key-data: {KEY}\n")
    return file


def test_our_kubeconfig_is_removed(tmp_path: Path, left: Path) -> None:
    sweep(tmp_path, [USER], since=0)
    assert not left.exists()


def test_it_is_found_also_where_the_original_broke_its_base64_over_lines(
    tmp_path: Path, left: Path
) -> None:
    sweep(tmp_path, [{"client-key-data": KEY[:20] + "\n" + KEY[20:]}], since=0)
    assert not left.exists()


def test_a_token_is_a_credential_too(tmp_path: Path) -> None:
    left = tmp_path / "kubeconfig7"
    left.write_text("token: s3cr3t-t0ken")
    sweep(tmp_path, [{"token": "s3cr3t-t0ken"}], since=0)
    assert not left.exists()


def test_a_kubeconfig_with_other_credentials_stays(tmp_path: Path, left: Path) -> None:
    sweep(tmp_path, [{"client-key-data": base64.b64encode(b"another").decode()}], since=0)
    assert left.exists()


def test_a_user_without_credentials_removes_nothing(tmp_path: Path, left: Path) -> None:
    sweep(tmp_path, [{"exec": {"command": "login"}}, {}], since=0)
    assert left.exists()


def test_a_file_of_another_run_stays_while_its_provider_lives(tmp_path: Path, left: Path) -> None:
    provider = tmp_path / "pulumi-resource-kubernetes"
    provider.symlink_to("/bin/sleep")
    with subprocess.Popen([provider, "60"]) as alive:
        os.utime(left, (time.time() + 30, time.time() + 30))
        sweep(tmp_path, [USER], since=time.time() + 60)
        assert left.exists()
        alive.kill()


def test_a_file_of_a_run_that_was_killed_goes(tmp_path: Path, left: Path) -> None:
    os.utime(left, (1000, 1000))
    sweep(tmp_path, [USER], since=2000)
    assert not left.exists()


@pytest.mark.parametrize("name", ["kubeconfig", "kubeconfig1.yaml", "my-kubeconfig12"])
def test_a_file_of_another_name_stays(tmp_path: Path, left: Path, name: str) -> None:
    other = left.rename(tmp_path / name)
    sweep(tmp_path, [USER], since=0)
    assert other.exists()


def test_the_engine_s_own_start_is_what_counts(tmp_path: Path) -> None:
    """With --refresh the providers are configured before the program begins."""
    code = "import os; from components.scripts.leftovers import running_update as u; "
    before = time.time()
    done = subprocess.run(
        engine(tmp_path, code + "print(u(os.getpid()).started)"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert before - 2 < float(done.stdout) < time.time()


def test_a_killed_update_is_swept_when_it_has_ended_and_not_before(tmp_path: Path) -> None:
    """Nobody waits for the watcher, and a signal to the update's processes does not reach it."""
    place = tmp_path / "tmp"
    place.mkdir()
    left = place / "kubeconfig42"
    watch = (
        f"import time; from components.scripts.leftovers import watch; watch([{USER!r}]); "
        f"open({str(left)!r}, 'w').write({KEY!r}); print('written', flush=True); time.sleep(60)"
    )
    environment = {**os.environ, "TMPDIR": str(place)}
    with subprocess.Popen(
        engine(tmp_path, watch), stdout=subprocess.PIPE, env=environment, start_new_session=True
    ) as update:
        assert update.stdout is not None
        update.stdout.readline()
        assert left.exists()
        os.killpg(update.pid, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while left.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not left.exists()


@pytest.mark.parametrize("is_program", [True, False])
def test_the_program_of_a_killed_engine_is_ended_and_the_script_of_a_command_is_not(
    tmp_path: Path, is_program: bool
) -> None:
    place = tmp_path / "tmp"
    place.mkdir()
    left = place / "kubeconfig42"
    code = (
        "import os, time; from components.scripts.leftovers import watch; "
        f"watch([{USER!r}], is_program={is_program}); open({str(left)!r}, 'w').write({KEY!r}); "
        "print(os.getpid(), flush=True); time.sleep(600)"
    )
    environment = {**os.environ, "TMPDIR": str(place)}
    with subprocess.Popen(
        engine(tmp_path, code), stdout=subprocess.PIPE, env=environment
    ) as update:
        assert update.stdout is not None
        program = os.pidfd_open(int(update.stdout.readline()))
        update.kill()
    try:
        deadline = time.monotonic() + 30
        while left.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        # The sweep comes last: the watcher is done with the program then.
        assert not left.exists()
        assert bool(select.select([program], [], [], 30 if is_program else 0)[0]) == is_program
    finally:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(program, signal.SIGKILL)


def test_a_watcher_that_starts_after_the_engine_s_end_still_ends_the_program(
    tmp_path: Path,
) -> None:
    """On a busy machine it takes seconds to start, and the engine can no longer be found."""
    late = tmp_path / "python"
    late.write_text(f'#!/bin/sh\nread -r _ <"$FIFO"; exec {sys.executable} "$@"\n')
    late.chmod(0o755)
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    code = (
        f"import os, sys, time; sys.executable = {str(late)!r}; print(os.getpid(), flush=True); "
        "from components.scripts.leftovers import watch; watch([], is_program=True); "
        "time.sleep(600)"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path), "FIFO": str(fifo)}
    with subprocess.Popen(
        engine(tmp_path, code), stdout=subprocess.PIPE, env=environment
    ) as update:
        assert update.stdout is not None
        program = os.pidfd_open(int(update.stdout.readline()))
        watching = fifo.open("w")
        update.kill()
    try:
        watching.write("go on\n")
        watching.close()
        assert select.select([program], [], [], 30)[0]
    finally:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(program, signal.SIGKILL)


@pytest.mark.parametrize(("script", "action"), [("peers", "disconnect"), ("member", "disable")])
def test_a_destroy_that_fails_is_swept_too(tmp_path: Path, script: str, action: str) -> None:
    """The program does not run then, and the Command that sweeps would be the last one."""
    place = tmp_path / "tmp"
    place.mkdir()
    left = place / "kubeconfig42"
    left.write_text(KEY)
    kubeconfig = {"users": [{"name": "cluster01", "user": USER}], "contexts": [], "clusters": []}
    command = [sys.executable, "-m", f"components.scripts.{script}", action]
    code = (
        f"import subprocess; done = subprocess.run({command!r}, text=True, capture_output=True,"
        f" input={json.dumps({'kubeconfig': kubeconfig})!r}); print(done.returncode, done.stderr)"
    )
    # There is no kubectl, so the script fails at its first call.
    environment = {**os.environ, "TMPDIR": str(place), "CLUSTER": "cluster01", "PATH": ""}
    done = subprocess.run(
        engine(tmp_path, code), capture_output=True, text=True, env=environment, check=True
    )
    assert done.stdout.startswith("1 "), done.stdout + done.stderr
    deadline = time.monotonic() + 30
    while left.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not left.exists()


def engine(folder: Path, code: str) -> list[str]:
    """A process named pulumi that runs the Python code in a child, as the real one does."""
    pulumi = folder / "pulumi"
    pulumi.symlink_to("/bin/bash")
    return [str(pulumi), "-c", '"$0" -c "$1"; true', sys.executable, code]


def test_a_link_is_not_followed(tmp_path: Path, left: Path) -> None:
    target = left.rename(tmp_path / "target")
    left.symlink_to(target)
    sweep(tmp_path, [USER], since=0)
    assert target.exists()
