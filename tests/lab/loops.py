"""A request loop between clusters: what it lost tells whether traffic was touched."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.lab.labs import Lab, stop

# One line for each request, so that a loop that was cut off is told from one without a loss.
_LOOP = (
    "while :; do "
    "curl -s -o /dev/null -w '%{http_code}\\n' --max-time 5 URL || true; sleep 0.2; "
    "done"
)


@dataclass
class Loop:
    """The answers that came, as status codes; "000" where none came."""

    codes: list[str] = field(default_factory=list)

    @property
    def lost(self) -> int:
        """How many requests had no good answer."""
        return sum(code != "200" for code in self.codes)


@contextmanager
def requests(lab: Lab, number: int, url: str) -> Iterator[Loop]:
    """Ask the URL from a demo Pod of the cluster again and again while the block runs."""
    loop = Loop()
    kubectl = ("kubectl", "--kubeconfig", str(lab.kubeconfig(number)))
    script = _LOOP.replace("URL", url)
    command = (*kubectl, "exec", "deployment/x-wing", "--", "sh", "-c", script)
    process = lab.start(*command)
    try:
        yield loop
    finally:
        loop.codes = [line for line in stop(process).splitlines() if line.isdecimal()]


def pod_url(lab: Lab, number: int) -> str:
    """The URL of a Pod that answers as the cluster's rebel-base."""
    pods = lab.get(number, "pods", "-l", "name=rebel-base")["items"]
    return f"http://{pods[0]['status']['podIP']}/"
