"""Drift of what Commands have made: the part of the mesh that Helm keeps.

A Command has no read and no diff, so a refresh sees nothing of what it made. Beside each Command
stands a Drift, which a refresh does read: it names what is no longer as the Command left it. The
next update then counts a repair, and the Command, which has the count among its inputs, runs again.
"""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi import dynamic

from .plumbing import outputs
from .plumbing.dynamic import PythonResource, say
from .plumbing.outputs import once_created

Properties = dict[str, Any]
_INPUTS = ("script", "environment", "kubeconfig")
# Kept until something else breaks, so that a finished repair shows no change.
_BROKEN = "broken"


class DriftProvider(dynamic.ResourceProvider):
    """Looks at a cluster on refresh; makes and deletes nothing.

    The state holds this class by its module and name, so neither may change.
    """

    def create(self, props: Properties) -> dynamic.CreateResult:
        """Start with nothing to repair: the Command runs anyway."""
        name = props["environment"].get("CLUSTER", "mesh")
        return dynamic.CreateResult(f"{name}/{props['script']}", _outputs(props, {}, 0))

    def read(self, id_: str, props: Properties) -> dynamic.ReadResult:
        """Compare the cluster with what the Command left; if it is silent, keep what was known."""
        from .scripts import observe

        quiet_traces()
        try:
            drift = observe.drift(props["script"], props["environment"], props["kubeconfig"])
        except observe.CannotLookError as error:
            say(f"{id_}: it could not be looked at, so what was known before stays: {error}")
            return dynamic.ReadResult(id_, _outputs(props, props["drift"], props["repairs"]))
        for what, text in drift.items():
            say(f"{id_}: drift: {what}: {text}")
        return dynamic.ReadResult(id_, _outputs(props, drift, props["repairs"]))

    def diff(self, _id: str, olds: Properties, news: Properties) -> dynamic.DiffResult:
        """Report a change if there is drift, or if the place to look at has changed."""
        is_moved = any(olds.get(key) != news.get(key) for key in _INPUTS)
        return dynamic.DiffResult(changes=_is_to_be_repaired(olds, news) or is_moved)

    def update(self, _id: str, olds: Properties, news: Properties) -> dynamic.UpdateResult:
        """Count the repair that the Command is about to do."""
        repairs = int(olds["repairs"]) + _is_to_be_repaired(olds, news)
        known = {key: olds[key] for key in (_BROKEN,) if key in olds}
        return dynamic.UpdateResult(_outputs({**known, **news}, {}, repairs))


class Drift(PythonResource, module="cilium-clustermesh", name="Drift"):
    """The drift of what one script maintains in one cluster, keyed by what has drifted.

    `repairs` counts how often the script had to repair it.
    """

    drift: pulumi.Output[Mapping[str, str]]
    repairs: pulumi.Output[int]

    def __init__(
        self,
        name: str,
        script: str,
        environment: Mapping[str, pulumi.Input[str]],
        kubeconfig: pulumi.Input[Mapping[str, Any]],
        opts: pulumi.ResourceOptions,
        broken: str | None = None,
    ) -> None:
        """Watch what the script of that name maintains; the environment is the script's own.

        `broken` names what was found broken before the program began; it counts as one repair more.
        """
        inputs: dict[str, Any] = {
            "script": script,
            "environment": dict(environment),
            "kubeconfig": outputs.secret(kubeconfig),
            "drift": None,
            "repairs": None,
            **({_BROKEN: broken} if broken is not None else {}),
        }
        secret = pulumi.ResourceOptions(additional_secret_outputs=["kubeconfig"])
        options = pulumi.ResourceOptions.merge(opts, secret)
        super().__init__(DriftProvider(), name, inputs, options)


def repairs(
    name: str,
    script: str,
    environment: Mapping[str, pulumi.Input[str]],
    kubeconfig: pulumi.Input[Mapping[str, Any]],
    opts: pulumi.ResourceOptions,
    broken: str | None = None,
) -> pulumi.Output[str]:
    """Watch what a Command maintains; return the count that belongs among the Command's inputs."""
    drift = Drift(name, script, environment, kubeconfig, opts, broken)
    count = pulumi.Output.unsecret(once_created(drift, drift.repairs))
    return count.apply(lambda number: str(int(number)))


def watched(
    name: str,
    script: str,
    environment: Mapping[str, pulumi.Input[str]],
    kubeconfig: pulumi.Input[Mapping[str, Any]],
    opts: pulumi.ResourceOptions,
    release: pulumi.Input[str] | None,
) -> dict[str, pulumi.Input[str]]:
    """Return the input that makes a Command run again: its repairs, or Pulumi's Helm revision.

    CiliumRelease watches and repairs the drift of that release itself.
    """
    if release is not None:
        return {"RELEASE": release}
    return {"REPAIRS": repairs(name, script, environment, kubeconfig, opts)}


def quiet_traces() -> None:
    """Keep gRPC from printing a traceback for every error that the engine reports anyway."""
    import logging

    logging.getLogger("grpc").setLevel(logging.CRITICAL)


def _is_to_be_repaired(olds: Properties, news: Properties) -> bool:
    is_newly_broken = news.get(_BROKEN) not in (None, olds.get(_BROKEN))
    return bool(olds.get("drift")) or is_newly_broken


def _outputs(props: Mapping[str, Any], drift: Mapping[str, str], repairs: float) -> Properties:
    inputs = {key: props[key] for key in (*_INPUTS, _BROKEN) if key in props}
    return {**inputs, "drift": dict(drift), "repairs": int(repairs)}
