"""Problems of a kubeconfig, described without any of its content."""

from dataclasses import dataclass

RAW_HINT = "write the kubeconfig with `kubectl config view --raw --flatten`"


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why a kubeconfig cannot be used.

    `about_context`: the config key to correct is `context`, not the kubeconfig.
    """

    text: str
    allowed: str
    remedy: str
    about_context: bool = False


class KubeconfigError(Exception):
    """Everything that is wrong with one kubeconfig."""

    def __init__(self, *problems: Problem) -> None:
        """Keep the problems in the order found."""
        self.problems = problems
        super().__init__("; ".join(problem.text for problem in problems))
