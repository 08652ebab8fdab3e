"""Fixtures that every layer of the tests shares."""

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.costs.summary import Summary
from tools.host import RELAXED

# A slow machine is no fault of the program: beside a lab it can be very slow.
settings.register_profile(
    "any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any-machine")

_LEAST_URGENT = 19


def pytest_configure(config: pytest.Config) -> None:
    """Make Go programs collect garbage less often, and end every run with its summary."""
    for name, value in RELAXED.items():
        os.environ.setdefault(name, value)
    config.pluginmanager.register(Summary(), "clustermesh-summary")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Lower the priority of workers without the lab: a run takes as long as the lab's tests."""
    if "PYTEST_XDIST_WORKER" in os.environ and item.get_closest_marker("lab") is None:
        os.setpriority(os.PRIO_PROCESS, 0, _LEAST_URGENT)
