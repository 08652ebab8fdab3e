"""A delete in a cluster whose release cannot be upgraded: it is left to who manages that."""

from .release import Release
from .step import Step


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
