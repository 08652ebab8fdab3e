"""Makes the kubelets bring changed Secrets to Cilium's agents at once.

A kubelet looks at the volumes of a Pod when the Pod changes, and otherwise about once a minute
(https://kubernetes.io/docs/concepts/configuration/secret/#using-secrets-as-files-from-a-pod): until
then an agent does not know a newly configured peer. So its Pod is annotated with the revision of
the Helm release that has changed the Secrets. That restarts nothing.
"""

from .cli import CliError
from .step import Step

REVISION = "cilium-clustermesh/revision"
_PODS = "k8s-app in (cilium,clustermesh-apiserver)"


def look(step: Step, revision: int) -> None:
    """Make them look now; a failure is only reported, because they look by themselves later."""
    _annotate(step, str(revision))


def forget(step: Step) -> None:
    """Remove the annotation, which makes them look once more."""
    _annotate(step, None)


def _annotate(step: Step, revision: str | None) -> None:
    try:
        step.cli.annotate(step.cluster, "pods", _PODS, {REVISION: revision})
    except CliError as error:
        step.say(
            "its agents learn of the change in a minute or two, and not at once, because their Pods"
            f" cannot be annotated: {error}"
        )
