"""A Helm release that is pending: waits for whoever is at work, clears away what was broken off.

Helm refuses every change while the newest revision is pending, and a killed Helm leaves it so for
good. Such a revision never was deployed: its Secret can go, the deployed one before it counts on.
Whether it was broken off no clock of another machine tells. One that a program of ours has written
on this machine was, if that program has ended. Any other is watched, by the clock that only goes
forward, and counts as broken off once it has not changed for as long as such an operation takes.
"""

import time
from collections.abc import Sequence

from ...cilium import helm_release
from ...cilium.helm_release import NAMESPACE, RELEASE, Release
from ...common.foreign_text import shown
from . import release, writer
from .release import Revision
from .step import Step, StepError

# `helm --wait --timeout 60m` is a legitimate wish, and nothing of it shows before it is over.
PATIENCE_SECONDS = 90 * 60
PATIENCE = "CILIUM_CLUSTERMESH_HELM_PATIENCE"
"""The variable by which whoever runs pulumi says how long others' operations may stand still, s."""

_ENDED = "the program that has written it has ended"
_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 2.0, 15.0
_SAY_AGAIN_SECONDS = 300.0
# Pending revisions, one after the other, that are waited for: who makes more has not finished.
_MOST = 10


def settle(step: Step, *bounds: str) -> Release | None:
    """Leave the release without a pending revision, and give its newest, None where there is none.

    `bounds` name the environment's seconds that an operation of ours may take: one that has not
    changed for longer than all of them is not at work any more. For others' there is more patience.
    Raises StepError where no revision was ever deployed, or where others do not stop.
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
    is_recovered = False
    for _ in range(_MOST):
        if not (history := _pending(step)):
            return is_recovered
        why = _why_broken_off(step, history[-1], allowed, is_begun_again)
        if why is not None:
            is_recovered |= _clear(step, history, why, is_begun_again=is_begun_again)
    raise StepError(f"{_said(history[-1])}, as others were before it: somebody is at work")


def _pending(step: Step) -> list[Revision]:
    """Give the whole history if its newest revision is pending, else nothing."""
    history = release.history(step.cli, step.cluster)
    return history if history and history[-1].is_pending else []


def _why_broken_off(
    step: Step, newest: Revision, allowed: float, is_begun_again: bool
) -> str | None:
    """Watch a pending revision; say why it counts as broken off, None if it changes before."""
    if _has_ended(newest):
        return _ENDED
    is_ours = _is_ours(newest, is_begun_again)
    seconds = allowed if is_ours else _patience(step, allowed)
    step.say(_waiting(newest, seconds, is_ours))
    begun = said = time.monotonic()
    while (now := time.monotonic()) < begun + seconds:
        time.sleep(min(_PAUSE_SECONDS + (now - begun) / 20, _LONGEST_PAUSE_SECONDS))
        if _pending(step)[-1:] != [newest]:
            return None
        if _has_ended(newest):
            return _ENDED
        if time.monotonic() >= said + _SAY_AGAIN_SECONDS:
            said = time.monotonic()
            step.say(_waiting(newest, begun + seconds - said, is_ours))
    return f"it has not changed for {seconds:.0f} s"


def _has_ended(newest: Revision) -> bool:
    """Whether all that have written the revision were programs of ours, and have ended."""
    lives = [writer.lives(one) for one in newest.writers]
    return bool(lives) and all(one is False for one in lives)


def _is_ours(newest: Revision, is_the_programs: bool) -> bool:
    """Whether nobody has written it but our programs, or the engine's, if the release is ours."""
    return bool(newest.writers) and all(
        writer.is_ours(one) or (is_the_programs and writer.is_of_pulumi(one))
        for one in newest.writers
    )


def _patience(step: Step, allowed: float) -> float:
    given = step.environment.get(PATIENCE)
    if given is None:
        return max(allowed, PATIENCE_SECONDS)
    if not (given.isascii() and given.isdecimal()):
        raise StepError(f"{PATIENCE} is not a number of seconds: {shown(given)}", is_explained=True)
    return float(given)


def _waiting(newest: Revision, seconds: float, is_ours: bool) -> str:
    if is_ours:
        return (
            f"{_said(newest)}, of an update like this one on another machine or of one that was "
            f"broken off: waiting for {seconds:.0f} s at most"
        )
    by = " and ".join(map(shown, newest.writers)) or "somebody"
    return (
        f"{_said(newest)}: {by} is at work on it, or was killed. Waiting until that has ended, for "
        f"{seconds:.0f} s at most while it does not change. If nobody is at work: `helm rollback "
        f"{RELEASE} -n {NAMESPACE}`, or {PATIENCE}=60 in the environment of pulumi"
    )


def _clear(step: Step, history: Sequence[Revision], why: str, *, is_begun_again: bool) -> bool:
    """Remove the newest revision if it is still what it was; say whether it is gone."""
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
    step.say(f"{_said(newest)} and was broken off, as {why}: removing it and {rest}")
    return step.cli.delete(step.cluster, "secret", newest.name, newest.as_read)


def _apply_again(step: Step, seconds: int) -> None:
    """Make the cluster what the deployed revision says: the broken one may be half applied."""
    deployed = _deployed(release.history(step.cli, step.cluster))
    if deployed is not None:
        step.say(f"applying revision {deployed.number} of the Helm release again")
        found = release.read(step.cli, step.cluster, deployed)
        release.set_values(step.cli, step.cluster, found, {}, seconds)


def _deployed(history: Sequence[Revision]) -> Revision | None:
    return next((one for one in reversed(history) if one.status == helm_release.DEPLOYED), None)


def _said(revision: Revision) -> str:
    return f"revision {revision.number} of the Helm release is {revision.status}"
