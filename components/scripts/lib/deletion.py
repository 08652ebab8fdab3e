"""A delete in a cluster that does not answer: refused, unless the user gives the cluster up."""

import re

from ...cilium.helm_release import Release
from .cli import CliError
from .step import UNREACHABLE, Step, StepError

# What Pulumi's Kubernetes provider goes by for its own objects, so that one word is enough.
GIVE_UP = "PULUMI_K8S_DELETE_UNREACHABLE"


def silence(step: Step) -> str | None:
    """Say what a request to the cluster ends in, None where its API server answers."""
    try:
        step.cli.read(step.cluster, "get", "configmap", "cilium-config", "--output=name")
    except CliError as error:
        return str(error) if re.search(UNREACHABLE, str(error)) else None
    return None


def is_given_up(step: Step, undone: str) -> bool:
    """Whether to leave the cluster alone, because it does not answer and the user has said so.

    `undone` says what then stays in the cluster. Raises StepError where the user has not said so.
    """
    silent = silence(step)
    if silent is None:
        return False
    if step.environment.get(GIVE_UP, "").lower() in ("true", "1"):
        step.say(f"it does not answer and is given up; {undone}")
        return True
    raise StepError(
        f"the cluster does not answer ({silent}), so {undone}. Is it to come back, run this again "
        f"then; is it gone for good, run it with {GIVE_UP}=true, which forgets what cannot be "
        "removed. The other clusters: --continue-on-error finishes them",
        is_explained=True,
    )


# Of a cluster that has no name of its own, so that no member can be called so.
_NAMELESS = "default"


def is_another_members(step: Step, undone: str) -> bool:
    """Whether to leave the cluster alone, because it is now called otherwise; says so.

    `undone` says what then stays in the cluster. Raises CliError.
    """
    config = step.cli.get(step.cluster, "configmap", "cilium-config") or {}
    name = (config.get("data") or {}).get("cluster-name", _NAMELESS)
    if name in (step.cluster, _NAMELESS):
        return False
    step.say(
        f"Cilium's cluster-name is {name} there now, so it is the member {name}'s and {undone}; is "
        "there no such member, run `cilium clustermesh disable` there"
    )
    return True


def is_left_alone(step: Step, found: Release, undone: str) -> bool:
    """Whether to leave the cluster alone, because what installs Cilium there is not ours; says so.

    Who takes such a cluster out of the config has declared the mesh in the values of what does, as
    preflight says, so that its certificates are in use. `undone` says what then stays there.
    """
    if found.refusal is None:
        return False
    step.say(
        f"its Helm release is not upgraded: {found.refusal}. So {undone}; is that not wanted, take "
        "it out of the values of what installs Cilium there"
    )
    return True
