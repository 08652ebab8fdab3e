"""From one version of Cilium to another: one minor at a time, and no minor back."""

from ..versions import Version


def refusal(running: Version, wanted: Version) -> tuple[str, str] | None:
    """Say why Cilium must not go from one version to the other, and the way out; None: it may.

    Cilium's upgrade guide: only consecutive minor versions are tested; of a minor any patch goes.
    """
    head = f"Cilium {running} runs here, cilium.version is {wanted}"
    if (wanted.major, wanted.minor) < (running.major, running.minor):
        text = f"{head}: it does not go back to an earlier minor"
        return text, f"set cilium.version to a {running.minor_text} or newer"
    if wanted.major != running.major or wanted.minor > running.minor + 1:
        following = f"{running.major}.{running.minor + 1}"
        text = f"{head}: it is upgraded one minor at a time"
        return text, f"set cilium.version to a {following} and run `pulumi up`, then go on from it"
    return None
