"""A pending Helm release: waits for whoever is at work, removes a revision that was broken off.

Helm refuses every change while the newest revision is pending, and a killed Helm leaves it so for
good. Such a revision was never deployed: its Secret can go, and the deployed one before it remains.
No clock of another machine tells whether it was broken off. A revision that a program of ours wrote
on this machine was, if that program has ended. Any other is watched by the monotonic clock, and
counts as broken off once it has not changed for as long as such an operation takes.
"""

import time
from collections.abc import Sequence

from ...cilium import helm_release
from ...cilium.helm_release import NAMESPACE, RELEASE, Release
from ...common.foreign_text import shown
from . import release, writer
from .release import Revision
from .step import Step, StepError

# `helm --wait --timeout 60m` is legitimate, and shows no progress before it is over.
PATIENCE_SECONDS = 90 * 60
PATIENCE = "CILIUM_CLUSTERMESH_HELM_PATIENCE"
"""The variable that says how long others' operations may stand still, in seconds."""

_ENDED = "the program that wrote it has ended"
_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 2.0, 15.0
_SAY_AGAIN_SECONDS = 300.0
# Pending revisions that are waited for, one after another: whoever makes more has not finished.
_MOST = 10


def settle(step: Step, *bounds: str) -> Release | None:
    """Leave the release without a pending revision; return its newest, None if there is none.

    `bounds` name the variables with the seconds that an operation of ours may take: one that has
    not changed for longer than all of them counts as broken off. Operations of others get more
    time. Raises StepError if no revision was ever deployed, or if others do not stop.
    """
    found = release.newest(step.cli, step.cluster)
    if found is None or not found.is_pending:
        return found
    allowed = max(step.seconds(name) for name in bounds)
    if _recover(step, allowed, is_begun_again=False):
        _apply_again(step, allowed)
    return release.newest(step.cli, step.cluster)


def clear(step: Step, *bounds: str) -> None:
    """Do the same before the next revision is written; a broken-off installation goes, too.

    Raises StepError if others do not stop.
    """
    _recover(step, max(step.seconds(name) for name in bounds), is_begun_again=True)


def _recover(step: Step, allowed: int, *, is_begun_again: bool) -> bool:
    """Leave no pending revision; return whether one was removed."""
    is_recovered = False
    for _ in range(_MOST):
        if not (history := _pending(step)):
            return is_recovered
        why = _why_broken_off(step, history[-1], allowed, is_begun_again)
        if why is not None:
            is_recovered |= _clear(step, history, why, is_begun_again=is_begun_again)
    raise StepError(f"{_said(history[-1])}, as others were before it: somebody is at work")


def _pending(step: Step) -> list[Revision]:
    """Return the whole history if its newest revision is pending, else nothing."""
    history = release.history(step.cli, step.cluster)
    return history if history and history[-1].is_pending else []


def _why_broken_off(
    step: Step, newest: Revision, allowed: float, is_begun_again: bool
) -> str | None:
    """Watch a pending revision; return why it counts as broken off, None if it changes before."""
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
    """Whether all writers of the revision were programs of ours, and have ended."""
    lives = [writer.lives(one) for one in newest.writers]
    return bool(lives) and all(one is False for one in lives)


def _is_ours(newest: Revision, is_the_programs: bool) -> bool:
    """Whether only our programs have written it, or also the engine's, if the release is ours."""
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
            f"{_said(newest)}, from an update like this one on another machine or from one that "
            f"was broken off: waiting for at most {seconds:.0f} s"
        )
    by = " and ".join(map(shown, newest.writers)) or "somebody"
    return (
        f"{_said(newest)}: {by} is at work on it, or was killed. Waiting until that has ended, for "
        f"at most {seconds:.0f} s without any change. If nobody is at work: `helm rollback "
        f"{RELEASE} -n {NAMESPACE}`, or {PATIENCE}=60 in the environment of pulumi"
    )


def _clear(step: Step, history: Sequence[Revision], why: str, *, is_begun_again: bool) -> bool:
    """Remove the newest revision if it is still what it was; return whether it is gone."""
    newest = history[-1]
    deployed = _deployed(history)
    if deployed is None and not is_begun_again:
        raise StepError(
            f"{_said(newest)} and none was deployed before it: the installation of Cilium was "
            "broken off or is still running; finish it (`helm uninstall cilium -n kube-system`, "
            "then install again), then run the update again",
            is_explained=True,
        )
    rest = (
        f"going back to revision {deployed.number}, which is deployed"
        if deployed
        else "beginning the installation again"
    )
    step.say(f"{_said(newest)} and was broken off, because {why}: removing it and {rest}")
    return step.cli.delete(step.cluster, "secret", newest.name, newest.as_read)


def _apply_again(step: Step, seconds: int) -> None:
    """Bring the cluster to the deployed revision: the broken one may be half applied."""
    deployed = _deployed(release.history(step.cli, step.cluster))
    if deployed is not None:
        step.say(f"applying revision {deployed.number} of the Helm release again")
        found = release.read(step.cli, step.cluster, deployed)
        release.set_values(step.cli, step.cluster, found, {}, seconds)


def _deployed(history: Sequence[Revision]) -> Revision | None:
    return next((one for one in reversed(history) if one.status == helm_release.DEPLOYED), None)


def _said(revision: Revision) -> str:
    return f"revision {revision.number} of the Helm release is {revision.status}"
