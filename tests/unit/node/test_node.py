"""The facts of a node and the decision about its kernel."""

import contextlib
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.common.versions import Version
from components.node import shell, survey
from components.node.access import Access, Endpoint
from components.node.decision import Verdict, decide
from components.node.elrepo import MAJORS, Source
from components.node.minimum import Minimum, minimum_for
from components.node.ssh import SshError
from components.node.state import NodeState, NotDetectedError, parse_state

ANSWER = """os_id=rocky
os_like=rhel centos fedora
os_version=8.5
os_name=Rocky Linux 8.5 (Green Obsidian)
kernel=4.18.0-348.el8.0.2.x86_64
arch=x86_64
firmware=UEFI
secure_boot=off
boot_id=8f3d3ab0-8a4c-4b0e-8a4e-000000000001
missing=
root=yes
"""
EL8 = parse_state(ANSWER)
LT, ML = Source(), Source(package="kernel-ml")
NEW = minimum_for(Version(1, 18))
RELEASES = [
    "3.10.0-1160.119.1.el7.x86_64",
    "4.9.17",
    "4.18.0-80.el8.x86_64",
    "4.18.0-372.9.1.el8.x86_64",
    "4.18.0-553.16.1.el8_10.x86_64",
    "4.18.0-553",
    "4.19.0-27-amd64",
    "4.19.57",
    "5.4.0-150-generic",
    "5.9.16-1.el8.elrepo.x86_64",
    "5.10",
    "5.10.0-28-amd64",
    "6.1.77-1.el9.elrepo.x86_64",
    "10.0.1",
    "",
    "unknown",
]


def system(os_id: str, version: str, like: str = "") -> NodeState:
    return replace(EL8, os_id=os_id, os_version=version, os_like=tuple(like.split()))


def is_enough_there(release: str, minimum: Minimum) -> bool:
    """The answer of install.sh about a kernel."""
    text = shell.script("install").replace("main </dev/null", "")
    build = "" if minimum.rhel8_build is None else str(minimum.rhel8_build)
    settings = f"MINIMUM={minimum.version}\nRHEL8_BUILD={build}\n"
    asked = f'is_enough "{release}" && echo enough || echo old'
    done = subprocess.run(
        ["sh", "-s"],
        input=f"{settings}{text}\n{asked}\n",
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip() == "enough"


@pytest.mark.parametrize("minor", [13, 14, 16, 18])
@pytest.mark.parametrize("release", RELEASES)
def test_the_script_on_the_node_judges_as_the_program_does(release: str, minor: int) -> None:
    """The table is only here; the node only gets the version to compare with."""
    minimum = minimum_for(Version(1, minor))
    assert is_enough_there(release, minimum) is minimum.is_met_by(release)


@given(st.integers(0, 9), st.integers(0, 60), st.integers(0, 300))
def test_a_newer_kernel_is_never_worse(major: int, minor: int, patch: int) -> None:
    below = NEW.is_met_by(f"{major}.{minor}.{patch}-1")
    assert not below or NEW.is_met_by(f"{major}.{minor + 1}.{patch}-1")
    assert not below or NEW.is_met_by(f"{major + 1}.0.0-1")


def test_a_node_is_read_from_the_lines_that_it_answers() -> None:
    assert (EL8.el, EL8.firmware, EL8.is_secured, EL8.is_root) == (8, "UEFI", False, True)
    assert EL8.os_like == ("rhel", "centos", "fedora") and EL8.missing == ()
    lacking = parse_state(ANSWER.replace("missing=", "missing=grubby yum "))
    assert lacking.missing == ("grubby", "yum")


@pytest.mark.parametrize("line", [line for line in ANSWER.splitlines()])
def test_an_answer_that_lacks_a_line_is_no_answer(line: str) -> None:
    with pytest.raises(NotDetectedError):
        parse_state(ANSWER.replace(f"{line}\n", ""))


@given(st.text())
def test_whatever_a_node_answers_is_read_or_refused(answer: str) -> None:
    with contextlib.suppress(NotDetectedError):
        parse_state(answer)


@pytest.mark.parametrize(
    ("os_id", "version", "like", "el"),
    [
        ("centos", "7", "rhel fedora", 7),
        ("ol", "9.4", "fedora", 9),
        ("rhel", "10.0", "centos fedora", 10),
        ("new-clone", "8.1", "rhel", 8),
        ("amzn", "2", "centos rhel fedora", None),
        ("fedora", "39", "", None),
        ("debian", "12", "", None),
        ("rhel", "", "", None),
    ],
)
def test_el_is_what_is_derived_from_rhel_but_for_those_that_went_their_own_way(
    os_id: str, version: str, like: str, el: int | None
) -> None:
    assert system(os_id, version, like).el == el


def test_what_is_new_enough_is_left_alone_whatever_it_is() -> None:
    """Even if nothing else about it would do."""
    hopeless = replace(
        system("haiku", "1"), kernel="6.8", missing=("rpm",), is_root=False, is_secured=True
    )
    decision = decide(hopeless, NEW, LT, is_allowed=False)
    assert decision.verdict is Verdict.ENOUGH and not decision.remedy


EL7 = system("centos", "7", "rhel fedora")
EL10 = system("rhel", "10.0")
MIRROR = replace(ML, base_url="https://mirror.example/el{el}/{arch}")
REFUSED = [
    (system("debian", "10"), LT, "not Enterprise Linux", "-backports"),
    (system("ubuntu", "18.04", "debian"), LT, "not Enterprise Linux", "linux-generic-hwe"),
    (system("sles", "15.2", "suse"), LT, "not Enterprise Linux", "zypper"),
    (system("amzn", "2", "rhel"), LT, "not Enterprise Linux", "amazon-linux-extras"),
    (system("alpine", "3"), LT, "not Enterprise Linux", "the way its distribution does"),
    (system("centos", "6"), ML, "only EL 7 to 10", "newer system"),
    (EL7, replace(LT, base_url="https://m"), "kernel-lt for EL7 is only 5.4.278", "kernel-ml"),
    (EL7, ML, "to its archive", "kernel.baseUrl"),
    (EL10, LT, "no kernel-lt for EL10", "kernel-ml"),
    (replace(EL8, arch="aarch64"), LT, "no kernels for aarch64", "kernel.baseUrl"),
    (replace(EL8, missing=("grubby",)), LT, "it lacks grubby", "install grubby"),
    (replace(EL8, is_root=False), LT, "cannot use sudo without a password", "ssh.user"),
    (replace(EL8, is_secured=True), LT, "Secure Boot is on", "mokutil"),
]


@pytest.mark.parametrize(("state", "source", "why", "remedy"), REFUSED)
def test_what_cannot_be_upgraded_is_refused_with_its_way_out(
    state: NodeState, source: Source, why: str, remedy: str
) -> None:
    decision = decide(state, NEW, source, is_allowed=True)
    assert decision.verdict is Verdict.REFUSED
    assert why in decision.text and remedy in decision.remedy


@pytest.mark.parametrize(
    ("state", "source"),
    [(EL7, MIRROR), (EL8, LT), (EL8, ML), (replace(EL8, arch="aarch64"), MIRROR), (EL10, ML)],
)
def test_an_upgrade_says_that_it_reboots_and_happens_only_where_it_is_allowed(
    state: NodeState, source: Source
) -> None:
    allowed = decide(state, NEW, source, is_allowed=True)
    assert allowed.verdict is Verdict.UPGRADE
    assert source.package in allowed.text and "REBOOTED" in allowed.text
    forbidden = decide(state, NEW, source, is_allowed=False)
    assert forbidden.verdict is Verdict.REFUSED and "kernel.upgrade" in forbidden.remedy


def test_every_el_is_told_its_keys_and_where_its_kernels_are() -> None:
    told = LT.settings()
    assert all(told[f"KEYS_{el}"] for el in MAJORS)
    assert told["RELEASE_7"] == ""
    assert told["RELEASE_9"].endswith("/elrepo-release-9.el9.elrepo.noarch.rpm")
    assert "v2" in told["KEYS_10"] and "v2" not in told["KEYS_7"]


def test_what_the_config_says_goes_before_what_elrepo_has() -> None:
    own = Source(release_package_url="https://m/r.rpm", key_urls=("https://m/key",))
    told = own.settings()
    assert {told[f"RELEASE_{el}"] for el in MAJORS} == {"https://m/r.rpm"}
    assert {told[f"KEYS_{el}"] for el in MAJORS} == {"https://m/key"}
    assert {MIRROR.settings()[f"RELEASE_{el}"] for el in MAJORS} == {""}


@given(st.text(st.characters(blacklist_characters="\x00", blacklist_categories=["Cs"])))
def test_a_setting_cannot_become_a_command(value: str) -> None:
    head = shell.script("keep", {"VALUE": value}).partition("\n# Makes the running")[0]
    done = subprocess.run(
        ["sh", "-s"],
        input=f'{head}\nprintf %s "$VALUE"\n'.encode(),
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode() == value


@pytest.mark.parametrize("path", sorted(Path(shell.__file__).parent.glob("scripts/*.sh")))
def test_no_script_can_be_eaten_by_what_it_calls(path: Path) -> None:
    """It comes in on stdin: all of it is in functions, and what they call has another stdin."""
    assert path.read_text().rstrip().splitlines()[-1] == "main </dev/null"


KEY = "-----BEGIN TEST-----\nabc\n"
NODE = Endpoint(address="192.0.2.1", private_key=KEY, host_key="ssh-ed25519 AAAA")
JUMP = Endpoint(address="192.0.2.9", user="jump", port=2222, private_key=KEY)


def asked(monkeypatch: pytest.MonkeyPatch, access: Access, said: str, code: int) -> list[str]:
    commands: list[list[str]] = []

    def answer(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        for word in command:
            if word.startswith("IdentityFile="):
                path = Path(word.partition("=")[2])
                assert path.read_text() == KEY and path.stat().st_mode & 0o077 == 0
        return subprocess.CompletedProcess(command, code, ANSWER, said)

    monkeypatch.setattr(subprocess, "run", answer)
    answered = survey.read(access)
    assert isinstance(answered, SshError if code else NodeState)
    return [*commands[0], str(answered)]


def test_a_host_is_never_taken_on_trust_and_nobody_is_asked_anything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = asked(monkeypatch, Access(node=NODE, jump=JUMP), "", 0)
    assert words.count("StrictHostKeyChecking=yes") == words.count("BatchMode=yes") == 1
    (proxy,) = [word for word in words if word.startswith("ProxyCommand=")]
    assert "StrictHostKeyChecking=yes" in proxy and "-l jump" in proxy and "2222" in proxy
    assert KEY not in " ".join(words)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("root@192.0.2.1: Permission denied (publickey).", "does not let the user in"),
        ("Host key verification failed.", "host key is not the known one"),
        ("ssh: Could not resolve hostname x: Name or service not known", "cannot be resolved"),
        ("ssh: connect to host 192.0.2.1 port 22: Connection timed out", "does not answer"),
        ("ssh: connect to host 192.0.2.1 port 22: Connection refused", "cannot be reached"),
    ],
)
def test_what_ssh_says_becomes_a_message_that_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, said: str, text: str
) -> None:
    assert text in asked(monkeypatch, Access(node=NODE), said, 255)[-1]


def test_how_a_node_is_reached_survives_the_way_to_a_script() -> None:
    access = Access(node=NODE, jump=JUMP, connect_seconds=3)
    assert Access.from_data(access.as_data()) == access
    assert KEY not in repr(access)
