"""Clears the way for Pulumi, which owns Cilium's Helm release, and looks for drift of it.

Environment: CLUSTER (also the context), SERVICE_TYPE, NODE_PORT, PEERS (as in peers.py),
ENABLE_SECONDS, REQUEST_SECONDS; REPAIRS changes the result, on which the release depends.
"""

from . import member, peers, share_ca
from .lib import pending, release
from .lib.step import Step, main


def settle(step: Step) -> dict[str, object]:
    """Remove a pending revision, which blocks Helm, and make Helm keep the CA."""
    pending.clear(step, "ENABLE_SECONDS")
    share_ca.keep(step)
    return {"cluster": step.cluster, "repairs": int(step.environment.get("REPAIRS", "0"))}


def observe(step: Step) -> dict[str, str]:
    """Return what is not as Pulumi's release has left it, and whether somebody else wrote it."""
    found = release.newest(step.cli, step.cluster)
    foreign = (
        {"owner": f"revision {found.revision} of the Helm release is not Pulumi's"}
        if found is not None and not found.is_ours
        else {}
    )
    return {**foreign, **member.observe(step), **peers.observe(step)}


if __name__ == "__main__":
    main({"settle": settle})
