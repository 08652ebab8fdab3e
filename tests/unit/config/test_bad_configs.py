"""Every bad configuration is refused with all of its faults, and with nothing else."""

from pathlib import Path

import pytest

from components.config.faults.fault import ConfigFaults
from components.config.loading import load
from tests.bad_configs.cases import Case, cases

CASES = list(cases())


def test_there_are_thirty_at_least() -> None:
    assert len(CASES) >= 30


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_fault_is_named_and_no_other(case: Case, tmp_path: Path) -> None:
    case.lay_out(tmp_path)
    with pytest.raises(ConfigFaults) as refused:
        load(case.config, tmp_path)
    unexplained = list(refused.value.faults)
    for key, text in case.faults:
        match = next((f for f in unexplained if f.key == key and text in f.render()), None)
        assert match is not None, f"{key}: {text} is missing in\n{refused.value}"
        unexplained.remove(match)
    assert not unexplained, f"not expected: {unexplained}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_fault_says_what_is_allowed_and_how_to_fix_it(case: Case, tmp_path: Path) -> None:
    case.lay_out(tmp_path)
    with pytest.raises(ConfigFaults) as refused:
        load(case.config, tmp_path)
    for fault in refused.value.faults:
        assert fault.problem and fault.allowed and fault.remedy
        assert fault.key in str(refused.value)
