"""Drift in a cluster, found by the script that maintains it; changes nothing."""

from collections.abc import Callable, Mapping
from typing import Any

from ..common.scrubbing import scrub
from . import cilium_release, member, peers, verify
from .lib.cli import CliError, with_kubeconfig
from .lib.step import Step, StepError

Found = Mapping[str, str]

_OBSERVERS: Mapping[str, Callable[[Step], Found]] = {
    "cilium_release": cilium_release.observe,
    "member": member.observe,
    "peers": peers.observe,
    "verify": verify.observe,
}


class CannotLookError(Exception):
    """The cluster did not answer, so that nothing is known about it."""


def drift(script: str, environment: Mapping[str, str], kubeconfig: Mapping[str, Any]) -> Found:
    """Return what is not as the script leaves it, and how it is; raises CannotLookError."""
    cluster = environment.get("CLUSTER", "mesh")
    seconds = int(environment.get("REQUEST_SECONDS", "10"))
    try:
        with with_kubeconfig(kubeconfig, seconds) as cli:
            return _drift(script, Step(cluster, cli, {"kubeconfig": kubeconfig}, environment))
    except (CliError, StepError) as error:
        raise CannotLookError(scrub(str(error))) from None


def _drift(script: str, step: Step) -> Found:
    found = _OBSERVERS[script](step)
    return {key: step.cli.scrub(text) for key, text in found.items()}
