"""A Helm release that is pending: waits for who is at work, clears away what was broken off.

Helm refuses every change while the newest revision is pending, and a killed Helm leaves it so for
good. Such a revision never was deployed: its Secret can go, the deployed one before it counts on.
"""

import time
from collections.abc import Sequence

from . import release
from .release import Release, Revision
from .step import Step, StepError

_PAUSE_SECONDS = 2.0


def settle(step: Step, *bounds: str) -> Release | None:
    """Leave the release without a pending revision, and give its newest, None where there is none.

    `bounds` name the environment's seconds that an operation may take: who has been pending for
    longer than all of them is not at work any more. Age is told by this machine's clock. Raises
    StepError where no revision was ever deployed, or where others do not stop.
    """
    found = release.newest(step.cli, step.cluster)
    if found is None or not found.is_pending:
        return found
    allowed = max(step.seconds(name) for name in bounds)
    if _recover(step, allowed, is_begun_again=False):
        _apply_again(step, allowed)
    return release.newest(step.cli, step.cluster)


def clear(step: Step, *bounds: str) -> None:
    """Do the same for who writes the next revision at once, an installation broken off included.

    Raises StepError where others do not stop.
    """
    _recover(step, max(step.seconds(name) for name in bounds), is_begun_again=True)


def _recover(step: Step, allowed: int, *, is_begun_again: bool) -> bool:
    """Leave no pending revision; say whether one was removed."""
    until = time.monotonic() + 2 * allowed
    is_recovered = False
    while history := _pending(step):
        if _is_left_alone(step, history[-1], allowed):
            _clear(step, history, allowed, is_begun_again=is_begun_again)
            is_recovered = True
        elif time.monotonic() >= until:
            raise StepError(f"{_said(history[-1])}, as others were before it: somebody is at work")
    return is_recovered


def _pending(step: Step) -> list[Revision]:
    """Give the whole history if its newest revision is pending, else nothing."""
    history = release.history(step.cli, step.cluster)
    return history if history and history[-1].is_pending else []


def _is_left_alone(step: Step, newest: Revision, allowed: float) -> bool:
    """Wait until the revision has been pending for that long; False if it changes before."""
    # A clock that is behind that of the cluster makes it younger than new.
    rest = allowed - max(0.0, time.time() - newest.changed_at)
    if rest > 0:
        step.say(f"{_said(newest)}: waiting up to {rest:.0f} s for who may be at work on it")
    until = time.monotonic() + rest
    while time.monotonic() < until:
        time.sleep(_PAUSE_SECONDS)
        if _pending(step)[-1:] != [newest]:
            return False
    return True


def _clear(
    step: Step, history: Sequence[Revision], allowed: float, *, is_begun_again: bool
) -> None:
    newest = history[-1]
    deployed = _deployed(history)
    if deployed is None and not is_begun_again:
        raise StepError(
            f"{_said(newest)} and none was deployed before it: the installation of Cilium was "
            "broken off or still goes on; finish it (`helm uninstall cilium -n kube-system`, then "
            "install again), then run the update again",
            is_explained=True,
        )
    rest = (
        f"going back to revision {deployed.number}, which is deployed"
        if deployed
        else "beginning the installation again"
    )
    step.say(
        f"{_said(newest)} for longer than the {allowed:.0f} s that an operation may take: it was "
        f"broken off; removing it and {rest}"
    )
    # By its labels and not by name: a revision that has got through meanwhile stays.
    labels = f"{release.LABELS},version={newest.number},status={newest.status}"
    step.cli.read(step.cluster, "delete", "secrets", f"--selector={labels}")


def _apply_again(step: Step, seconds: int) -> None:
    """Make the cluster what the deployed revision says: the broken one may be half applied."""
    deployed = _deployed(release.history(step.cli, step.cluster))
    if deployed is not None:
        step.say(f"applying revision {deployed.number} of the Helm release again")
        found = release.read(step.cli, step.cluster, deployed)
        release.set_values(step.cli, step.cluster, found, {}, seconds)


def _deployed(history: Sequence[Revision]) -> Revision | None:
    return next((one for one in reversed(history) if one.status == "deployed"), None)


def _said(revision: Revision) -> str:
    return f"revision {revision.number} of the Helm release is {revision.status}"
