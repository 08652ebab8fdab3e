"""Requests from Pods of one cluster to Pods and the global Service of the others."""

import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from ...common import addresses
from ...common.addresses import Address
from ...reachability.matrix import Matrix, Path, Reply, Route, answering_cluster, fill
from .cli import CliError
from .pods import is_ready
from .step import Step

Replies = dict[Route, list[Reply]]
# Printed after each answer, on a line of its own, to tell the answers of one curl apart.
_MARK = "#answered"
_CURL = (
    "curl",
    "--silent",
    "--show-error",
    "--max-time",
    "5",
    # A connection that is kept open stays with one backend, however often it is used.
    "--header",
    "Connection: close",
    "--write-out",
    f"\\n{_MARK} %{{http_code}} %{{time_total}}\\n",
)
_SIDES = ("clients", "servers")
_PAUSE_SECONDS = 1.0
_MAX_PARALLEL = 8


@dataclass(frozen=True)
class Pods:
    """The ready Pods of one cluster: clients by name, servers by IP."""

    clients: tuple[str, ...] = ()
    servers: tuple[Address, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class Answer:
    """An answer, as text for people, and its meaning."""

    text: str
    reply: Reply


@dataclass(frozen=True)
class _Traffic:
    step: Step
    demo: Mapping[str, Any]
    requests: int


def measure(
    step: Step, routes: Sequence[Route], demo: Mapping[str, Any], requests: int, seconds: float
) -> Matrix:
    """Send requests over every route until all have answered or the time is up."""
    run = _Traffic(step, demo, requests)
    replies: Replies = {}
    until = time.monotonic() + seconds
    while True:
        open_routes = [cell.route for cell in fill(routes, replies).failed]
        _ask_all(run, open_routes, replies)
        matrix = fill(routes, replies)
        if not matrix.failed or time.monotonic() >= until:
            return matrix
        time.sleep(_PAUSE_SECONDS)


def _ask_all(run: _Traffic, routes: Sequence[Route], replies: Replies) -> None:
    """Ask over these routes at the same time; a Service only once for all targets of a source."""
    names = list(dict.fromkeys(name for route in routes for name in (route.source, route.target)))
    by_pod = [route for route in routes if route.path is Path.POD_IP]
    by_service = list(
        dict.fromkeys(route.source for route in routes if route.path is Path.GLOBAL_SERVICE)
    )
    with ThreadPoolExecutor(max_workers=_MAX_PARALLEL) as pool:
        pods = dict(zip(names, pool.map(lambda name: _pods(run, name), names), strict=True))
        pod_replies = pool.map(lambda route: _ask_pods(run, route, pods), by_pod)
        service_replies = pool.map(lambda name: _ask_service(run, pods[name], name), by_service)
        # A Pod route counts as it is now; the answers of a Service add up over the rounds.
        replies.update(zip(by_pod, pod_replies, strict=True))
        answered = dict(zip(by_service, service_replies, strict=True))
    for route in routes:
        if route.path is Path.GLOBAL_SERVICE:
            replies.setdefault(route, []).extend(answered[route.source])


def _pods(run: _Traffic, cluster: str) -> Pods:
    try:
        ready = _ready(run, cluster)
    except CliError as error:
        return Pods(error=str(error))
    clients, servers = ([pod for pod in ready if _is_of(pod, run.demo[of])] for of in _SIDES)
    return Pods(
        clients=tuple(pod["metadata"]["name"] for pod in clients),
        servers=tuple(ip for ip in (_ip(pod) for pod in servers) if ip is not None),
    )


def _ip(pod: Mapping[str, Any]) -> Address | None:
    # It becomes an argument of curl in a Pod of another cluster.
    return addresses.parse(pod["status"].get("podIP"))


def _ready(run: _Traffic, cluster: str) -> list[dict[str, Any]]:
    """Read the Pods of both sides with one kubectl: starting it is what reading costs."""
    listed = run.step.cli.kubectl(
        cluster,
        f"--namespace={run.demo['namespace']}",
        f"--request-timeout={run.step.cli.request_seconds}s",
        "get",
        "pods",
        f"--selector={_selecting_any(*(run.demo[of] for of in _SIDES))}",
        "--output=json",
    )
    return [pod for pod in json.loads(listed)["items"] if is_ready(pod)]


def _selecting_any(*selectors: str) -> str:
    """Return the selector of what any of these selects: each `key=value`, all with the same key."""
    key = selectors[0].partition("=")[0]
    return f"{key} in ({','.join(one.partition('=')[2] for one in selectors)})"


def _is_of(pod: Mapping[str, Any], selector: str) -> bool:
    key, _, value = selector.partition("=")
    return bool(pod["metadata"].get("labels", {}).get(key) == value)


def _ask_pods(run: _Traffic, route: Route, pods: Mapping[str, Pods]) -> list[Reply]:
    target = pods[route.target]
    if not target.servers:
        text = target.error or f"no ready Pod {run.demo['servers']} in {route.target}"
        return [Reply(None, error=text)]
    port = int(run.demo["podPort"])
    urls = [f"http://{addresses.host_port(str(ip), port)}/" for ip in target.servers]
    answers = _curl(run, pods[route.source], route.source, urls)
    for url, answer in zip(urls, answers, strict=False):
        run.step.say(f"{route.source} -> {route.target}: curl {url}: {answer.text}")
    silent = [answer.reply for answer in answers if answer.reply.cluster is None]
    # One Pod that is not reached, on another node say, is enough to fail.
    return silent or [answer.reply for answer in answers]


def _ask_service(run: _Traffic, pods: Pods, cluster: str) -> list[Reply]:
    url = f"http://{run.demo['service']}:{run.demo['servicePort']}/"
    answers = _curl(run, pods, cluster, [url] * run.requests)
    for text, count in Counter(answer.text for answer in answers).items():
        run.step.say(f"{cluster}: {count} x curl {url}: {text}")
    return [answer.reply for answer in answers]


def _curl(run: _Traffic, pods: Pods, cluster: str, urls: Sequence[str]) -> list[Answer]:
    if not pods.clients:
        text = pods.error or f"no ready Pod {run.demo['clients']} in {cluster}"
        return [Answer(text, Reply(None, error=text))]
    namespace = f"--namespace={run.demo['namespace']}"
    command = ("exec", pods.clients[0], "--", *_CURL, *urls)
    try:
        return answers_in(
            run.step.cli.kubectl(cluster, namespace, *command, timeout=6 * len(urls) + 10)
        )
    except CliError as error:
        # The exit code tells of the last request alone.
        answers = answers_in(error.stdout, error.said)
        return answers or [Answer(str(error), Reply(None, error=error.said or str(error)))]


def answers_in(stdout: str, complaint: str = "") -> list[Answer]:
    """Return the answers that one curl printed for several requests; `complaint` is its stderr."""
    answers: list[Answer] = []
    body: list[str] = []
    for line in stdout.splitlines():
        if not line.startswith(_MARK):
            body.append(line)
            continue
        _, code, seconds = line.split()
        answers.append(_answer("\n".join(body).strip(), code, float(seconds), complaint))
        body = []
    return answers


def _answer(body: str, code: str, seconds: float, complaint: str) -> Answer:
    cluster = answering_cluster(body)
    if cluster is not None:
        return Answer(body, Reply(cluster, seconds * 1000))
    if code == "000":
        text = complaint.partition("\n")[0] or "no answer"
    else:
        text = f"HTTP {code}, and the answer names no cluster: {body[:80]!r}"
    return Answer(text, Reply(None, error=text))
