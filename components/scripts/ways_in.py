"""Whether the merged kubeconfig leads into every cluster: through NodePorts, unlike the scripts.

One request for each is enough, and as few as that are harmless (cilium#37566).
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from .cli import Cli, CliError, with_kubeconfig
from .step import Step, StepError, likely_cause


def check(step: Step, names: Sequence[str]) -> None:
    """Ask every API server for its version; raises StepError with all that did not answer."""
    if "merged" not in step.secrets:
        return
    with (
        with_kubeconfig(step.secrets["merged"], step.cli.request_seconds) as cli,
        ThreadPoolExecutor(max_workers=len(names)) as pool,
    ):
        said = [text for text in pool.map(lambda name: _silence(cli, name), names) if text]
    if said:
        text = "the merged kubeconfig does not lead into every cluster, though their own ones do"
        raise StepError("\n  ".join([text, *said]), is_explained=True)


def _silence(cli: Cli, name: str) -> str | None:
    try:
        cli.read(name, "get", "--raw", "/version")
    except CliError as error:
        return f"{name}: {error}{likely_cause(str(error))}"
    return None
