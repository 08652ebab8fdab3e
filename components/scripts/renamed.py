"""A delete in a cluster that has got another name: it belongs to the member who is so called."""

from .step import Step

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
