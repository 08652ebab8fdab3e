"""Deletes in a cluster that is silent, renamed or not ours to upgrade: it may be left alone."""

import re

from ...cilium.helm_release import Release
from .cli import CliError
from .step import UNREACHABLE, Step, StepError

# Pulumi's Kubernetes provider uses it for its own objects, so one setting is enough.
GIVE_UP = "PULUMI_K8S_DELETE_UNREACHABLE"


def silence(step: Step) -> str | None:
    """Return the error that a request to the cluster ends in, None if its API server answers."""
    try:
        step.cli.read(step.cluster, "get", "configmap", "cilium-config", "--output=name")
    except CliError as error:
        return str(error) if re.search(UNREACHABLE, str(error)) else None
    return None


def is_given_up(step: Step, undone: str) -> bool:
    """Whether to leave the cluster alone, because it does not answer and the user gives it up.

    `undone` says what then stays in the cluster. Raises StepError if the user does not give it up.
    """
    silent = silence(step)
    if silent is None:
        return False
    if step.environment.get(GIVE_UP, "").lower() in ("true", "1"):
        step.say(f"it does not answer and is given up; {undone}")
        return True
    raise StepError(
        f"the cluster does not answer ({silent}), so {undone}. If it will come back, run this "
        f"again then. If it is gone for good, run with {GIVE_UP}=true to forget what cannot be "
        "removed. --continue-on-error finishes the other clusters",
        is_explained=True,
    )


# The name of a cluster that was never given one, which no member can have.
_NAMELESS = "default"


def is_another_members(step: Step, undone: str) -> bool:
    """Whether to leave the cluster alone, because it was renamed and is another member; says so.

    `undone` says what then stays in the cluster. Raises CliError.
    """
    config = step.cli.get(step.cluster, "configmap", "cilium-config") or {}
    name = (config.get("data") or {}).get("cluster-name", _NAMELESS)
    if name in (step.cluster, _NAMELESS):
        return False
    step.say(
        f"Cilium's cluster-name is {name} there now, so it is the member {name}, and {undone}; if "
        "there is no such member, run `cilium clustermesh disable` there"
    )
    return True


def is_left_alone(step: Step, found: Release, undone: str) -> bool:
    """Whether to leave the cluster alone, because something else installs Cilium there; says so.

    Whoever removes such a cluster from the config has declared the mesh in that installer's values,
    as preflight says, so its certificates are in use. `undone` says what then stays there.
    """
    if found.refusal is None:
        return False
    step.say(
        f"its Helm release is not upgraded: {found.refusal}. So {undone}; if that is not wanted, "
        "remove it from the values of whatever installs Cilium there"
    )
    return True
