"""Generated configs: each is accepted, or refused with the report, and nothing else happens.

Most run the whole program with Pulumi's mocks, in this process; some in the real engine. They are
the same in every run.
"""

import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from components.config.faults.fault import NAMESPACE, ConfigFaults
from components.config.loading import load
from tests.bad_configs.generated import CANARY, SABOTAGE, Generated, good, sabotaged
from tests.engine import test_bad_configs as by_hand
from tests.engine.conftest import Project
from tests.engine.mocked import REPORT, Outcome, run_program

program = by_hand.program
doorbells = by_hand.doorbells

EACH, MIXED, IN_THE_ENGINE = 12, 40, 4
# So that the program runs to its end if the config is good and no cluster answers.
TO_THE_END = {"api-reachable": "warn", "cli-version": "off"}
# That takes long; the others stop at the first cluster that does not answer.
_Levels = st.SearchStrategy[dict[str, str]]
_SOMETIMES: _Levels = st.sampled_from([{}, {}, {}, TO_THE_END])
_ALWAYS_STOP: _Levels = st.just({})
_FAULT = rf"\n\d+\. {NAMESPACE}:[^\n]*: [^\n]+\n    allowed: [^\n]+\n    fix: [^\n]+"


def stable(count: int) -> settings:
    """The same examples in every run; no shrinking, as each try is a run of the program."""
    return settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


def mixed() -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(list(SABOTAGE)), min_size=2, max_size=4)


@pytest.fixture(scope="module")
def closed_port() -> Iterator[int]:
    """A port on which nothing listens, so that a connection is refused at once."""
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        yield int(taken.getsockname()[1])


def run_generated(generated: Generated, folder: Path, port: int) -> Outcome:
    return run_program(generated.lay_out(folder, port), folder)


def check(outcome: Outcome, generated: Generated) -> None:
    said = outcome.refused or outcome.stopped or ""
    assert "Traceback" not in said
    assert CANARY not in said and "PRIVATE KEY" not in said
    assert all(character.isprintable() or character == "\n" for character in said), ascii(said)
    if outcome.refused is not None:
        assert not outcome.touched
        count = int(REPORT.match(said)[1])  # type: ignore[index]
        assert re.fullmatch(rf"[^\n]+({_FAULT}){{{count}}}", said), said
    elif outcome.stopped is not None:
        assert said.startswith("Preflight looked at"), said


@pytest.mark.parametrize("kind", SABOTAGE)
def test_whatever_is_wrong_the_program_ends_with_the_report_or_goes_on(
    kind: str, tmp_path_factory: pytest.TempPathFactory, closed_port: int
) -> None:
    @stable(EACH)
    @given(sabotaged(st.just([kind]), _SOMETIMES))
    def each(generated: Generated) -> None:
        folder = tmp_path_factory.mktemp("one")
        check(run_generated(generated, folder, closed_port), generated)

    each()


@stable(MIXED)
@given(generated=sabotaged(mixed(), _SOMETIMES))
def test_several_faults_at_once_end_in_one_report(
    generated: Generated, tmp_path_factory: pytest.TempPathFactory, closed_port: int
) -> None:
    check(run_generated(generated, tmp_path_factory.mktemp("many"), closed_port), generated)


def test_a_good_config_runs_to_the_end_and_does_ask_the_clusters(
    tmp_path: Path, closed_port: int
) -> None:
    """Otherwise the tests above would prove nothing."""
    draft = good(TO_THE_END)
    files = {name: yaml.safe_dump(one).encode() for name, one in draft.kubeconfigs.items()}
    outcome = run_generated(Generated((), draft.config, files), tmp_path, closed_port)
    assert outcome.registered > 10
    asked = "\n".join(outcome.touched)
    assert "127.0.0.1" in asked and "127.0.0.2" in asked


def test_there_are_a_hundred_at_least() -> None:
    assert EACH * len(SABOTAGE) + MIXED + IN_THE_ENGINE >= 100


@stable(IN_THE_ENGINE)
@given(generated=sabotaged(mixed(), _ALWAYS_STOP))
def test_the_real_engine_shows_the_same_report_and_no_cluster_is_asked(
    generated: Generated, program: Project, doorbells: list[socket.socket]
) -> None:
    port = doorbells[0].getsockname()[1]
    config = generated.lay_out(program.folder, port)
    keyed = {f"{NAMESPACE}:{key}": value for key, value in config.items()}
    by_hand.configure(program, yaml.safe_dump({"config": keyed}))
    expected = _faults(config, program.folder)
    answer = program.pulumi("preview")
    said = answer.stdout + answer.stderr
    assert answer.returncode != 0 and "error:" in said
    assert "Traceback" not in said and CANARY not in said
    if not expected:
        return
    assert not by_hand.asked(doorbells)
    if REPORT.search(said):
        assert all(fault in said for fault in expected), said


def _faults(config: dict[str, Any], folder: Path) -> list[str]:
    try:
        load(config, folder)
    except ConfigFaults as refused:
        return [fault.key for fault in refused.faults]
    return []
