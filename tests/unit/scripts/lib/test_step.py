"""The frame of every script: whatever goes wrong inside ends as one readable line."""

import json
from typing import NoReturn

import pytest

from components.scripts.lib import step
from components.scripts.lib.step import Step
from tests.kubeconfigs import kubeadm
from tests.unit.scripts.conftest import World

STDIN = json.dumps({"kubeconfig": kubeadm("https://192.0.2.1:6443")})
MEMBER = {"CLUSTER": "cluster01", "SERVICE_TYPE": "NodePort", "NODE_PORT": "32257"}


def test_an_error_that_nobody_foresaw_shows_neither_secrets_nor_escapes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def odd(_: Step) -> NoReturn:
        raise ValueError("invalid literal: token: c4n4ry-0123\x1b[2J\n::error::x")

    assert step.run("enable", odd, STDIN, {"CLUSTER": "cluster01"}) == 1
    said = capsys.readouterr().err
    assert said.startswith("cluster01: enable failed unexpectedly at step:")
    assert "ValueError: 'invalid literal: token: [secret]" in said
    assert "c4n4ry" not in said and "\x1b" not in said and said.count("\n") == 1


def test_a_release_that_no_helm_has_written_is_no_traceback(world: World) -> None:
    odd = {"clustermesh": {"config": {"clusters": ["no entry"]}}}
    world.change("cluster01", release=world.release("cluster01") | {"config": odd})
    ran = world.run("member", "disable", MEMBER)
    assert ran.returncode == 1
    assert "cluster01: disable failed unexpectedly at helm_release:" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_name_of_any_printable_characters_is_taken_for_a_writer(world: World) -> None:
    """Kubernetes lets a field manager be called anything that can be printed."""
    broken = {"version": 9, "status": "pending-upgrade", "writer": "a|b  c|", "config": {}}
    world.change("cluster01", release=broken)
    ran = world.run("member", "disable", MEMBER | {"CILIUM_CLUSTERMESH_HELM_PATIENCE": "0"})
    assert ran.returncode == 0, ran.stderr
    assert "'a|b' and 'c|' is at work on it" in ran.stderr
