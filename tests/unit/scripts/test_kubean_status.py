"""The status of a ClusterOperation."""

from typing import Any

import pytest

from components.scripts.kubean import Phase, parse_status

JOB = {"jobRef": {"namespace": "kubean-system", "name": "kubean-x-job"}}


@pytest.mark.parametrize(
    ("status", "phase", "is_over"),
    [
        ({}, Phase.PENDING, False),
        ({"status": ""}, Phase.PENDING, False),
        ({"status": "Running"}, Phase.RUNNING, False),
        ({"status": "Succeeded"}, Phase.SUCCEEDED, True),
        ({"status": "Failed"}, Phase.FAILED, True),
        # An unknown status of a later Kubean does not end the wait.
        ({"status": "Blocked"}, Phase.RUNNING, False),
    ],
)
def test_an_operation_is_over_when_it_succeeded_or_failed(
    status: dict[str, Any], phase: Phase, is_over: bool
) -> None:
    found = parse_status({"status": status})
    assert (found.phase, found.is_over) == (phase, is_over)


def test_its_job_is_named_as_soon_as_there_is_one() -> None:
    assert parse_status({"status": JOB}).job == ("kubean-system", "kubean-x-job")
    assert parse_status({}).job is None
