"""Has the kubelets bring changed Secrets to Cilium's agents at once.

A kubelet looks at the volumes of a Pod when the Pod changes, and else once a minute or so
(https://kubernetes.io/docs/concepts/configuration/secret/#using-secrets-as-files-from-a-pod): until
then an agent does not know a peer that is configured for it. So its Pod is annotated with the
revision of the Helm release that has changed the Secrets. That restarts nothing.
"""

from .cli import CliError
from .step import Step

REVISION = "cilium-clustermesh/revision"
_PODS = "k8s-app in (cilium,clustermesh-apiserver)"


def look(step: Step, revision: int) -> None:
    """Have them look now; where that cannot be, they look by themselves, and it is only said."""
    _annotate(step, str(revision))


def forget(step: Step) -> None:
    """Take the annotation away again, for which they look once more."""
    _annotate(step, None)


def _annotate(step: Step, revision: str | None) -> None:
    try:
        step.cli.annotate(step.cluster, "pods", _PODS, {REVISION: revision})
    except CliError as error:
        step.say(
            "its agents know of the change in a minute or two; they could not be told at once,"
            f" as their Pods cannot be annotated: {error}"
        )
