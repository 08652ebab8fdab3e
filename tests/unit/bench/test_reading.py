"""The bench reads what others write: Python, the build, the script, /proc."""

import os
import subprocess
import sys
import time

import pytest

from bench import memory, peak
from bench.against_hand import PHASES, SCRIPT, parse_phases
from bench.cold import parse
from bench.errors import BenchError
from bench.noop import own_share, parse_import_times

IMPORTS = """\
import time: self [us] | cumulative | imported package
import time:       100 |        100 |   pulumi.runtime
import time:       200 |        300 | pulumi
import time:        50 |         50 | pulumi_kubernetes
Traceback of something else
"""
BUILD = """\
making .venv
  kubectl                      1.33.4                 built       24.7 s
  cilium-agent                 1.18.4                 built      486.7 s
  etcd                         3.5.24                 cached       0.0 s
24 programs (24 built) in 1123.3 s
[   0 s] cluster01: makes node cluster01-control-plane
[  12 s] images: docker.io/library/nginx:1.15.8 built, 3.1 s, 40 MB
[  85 s] images: 12 images built, 84.9 s
up in 173 s; look around with: python -m lab exec -- bash
"""


def test_import_times_are_each_modules_own_and_add_up_by_package() -> None:
    times = parse_import_times(IMPORTS)
    assert own_share(times, "pulumi") == pytest.approx(0.0003)
    assert own_share(times, "") == pytest.approx(0.00035)


def test_of_a_build_only_what_was_built_counts_slowest_first() -> None:
    printed = parse(BUILD)
    assert list(printed.programs.items()) == [("cilium-agent", 486.7), ("kubectl", 24.7)]
    assert (printed.all_programs, printed.images, printed.lab) == (1123.3, 84.9, 173)


@pytest.mark.parametrize(
    "warm",
    [
        BUILD.replace("(24 built)", "(24 cached)"),
        BUILD.replace("(24 built)", "(23 built, 1 cached)"),
        BUILD.replace("12 images built", "12 images cached"),
    ],
)
def test_a_demo_that_found_something_built_is_no_cold_one(warm: str) -> None:
    """It would be faster than any cold one, and keep every bar."""
    with pytest.raises(BenchError, match="was it a cold one"):
        parse(warm)


def test_the_script_tells_every_phase_that_ours_has() -> None:
    text = SCRIPT.read_text()
    assert all(f"    phase {name}\n" in text for name in PHASES)
    assert parse_phases("x\nphase connect 1.5\n") == {"connect": 1.5}


def test_the_memory_of_a_child_counts_with_its_parents_and_lasts_after_its_end() -> None:
    held = "x = bytearray(64 * 2**20); import time; time.sleep(30)"
    child = subprocess.Popen([sys.executable, "-c", held])
    try:
        with peak.watching(os.getpid()) as found:
            until = time.monotonic() + 30
            while found.of_one.get("other", 0) < 64 * 2**20 and time.monotonic() < until:
                os.sched_yield()
    finally:
        child.kill()
        child.wait()
    assert found.together > 64 * 2**20
    assert child.pid not in peak.sizes_below(os.getpid())


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        (".venv/bin/python /x/pulumi-language-python-exec --dir .", "program"),
        ("/x/resource-kubernetes-v4.25.0/pulumi-resource-kubernetes 1:2", "provider of Kubernetes"),
        ("python -u -m pulumi.dynamic 1:2", "provider of drift"),
        ("cilium --context cluster01 clustermesh connect", "cilium CLI"),
        ("pulumi up --yes", "engine"),
    ],
)
def test_a_process_of_an_update_is_known_by_its_command_line(command: str, kind: str) -> None:
    assert peak.kind_of(command) == kind


def test_the_peers_of_a_large_mesh_have_addresses_of_their_own() -> None:
    listed = memory.peers(510)["clustermesh"]["config"]["clusters"]
    assert len({(one["name"], *one["ips"]) for one in listed}) == 510


def test_the_proof_of_a_large_mesh_has_every_route_and_all_are_answered() -> None:
    matrix = memory.proof(8)
    assert len(matrix.cells) == 8 * 7 + 8 * 8
    assert not matrix.failed
