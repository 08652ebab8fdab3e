"""A request loop between clusters: its losses show whether traffic was disturbed."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.lab.labs import Lab, stop

# One line per request, to tell a loop that was cut off from one without a loss. A process in a Pod
# keeps running when kubectl ends: it has to be stopped.
_LOOP = (
    "until [ -e END ]; do "
    "curl -s -o /dev/null -w '%{http_code}\\n' --max-time 5 URL || true; sleep 0.2; "
    "done"
)


@dataclass
class Loop:
    """The answers as status codes; "000" if there was none."""

    codes: list[str] = field(default_factory=list)

    @property
    def lost(self) -> int:
        """How many requests had no good answer."""
        return sum(code != "200" for code in self.codes)


@contextmanager
def requests(lab: Lab, number: int, url: str) -> Iterator[Loop]:
    """Ask the URL from a demo Pod of the cluster again and again while the block runs."""
    loop = Loop()
    (pod, *_) = lab.get(number, "pods", "-l", "name=x-wing")["items"]
    inside = ("exec", pod["metadata"]["name"], "--", "sh", "-c")
    kubectl = ("kubectl", "--kubeconfig", str(lab.kubeconfig(number)))
    end = f"/tmp/end-of-{time.time_ns()}"
    process = lab.start(*kubectl, *inside, _LOOP.replace("END", end).replace("URL", url))
    try:
        yield loop
    finally:
        lab.try_kubectl(number, *inside, f": > {end}")
        loop.codes = [line for line in stop(process).splitlines() if line.isdecimal()]


def pod_url(lab: Lab, number: int) -> str:
    """The URL of a Pod that answers as the cluster's rebel-base."""
    pods = lab.get(number, "pods", "-l", "name=rebel-base")["items"]
    return f"http://{pods[0]['status']['podIP']}/"
