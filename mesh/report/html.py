"""The report as one self-contained HTML page: no network, no script, no font."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path as File

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from components.common.listing import counted
from components.reachability.matrix import Path

from . import topology
from .model import SOON_DAYS, Certificate, Cluster, Link, Report, Use, soonest
from .topology import MOST_CLUSTERS

USES = {
    Use.API_SERVER: "API server",
    Use.MESH_SERVER: "Mesh server",
    Use.MESH_CLIENT: "Mesh clients",
    Use.MESH_CA: "Mesh CA",
}


def render(report: Report) -> str:
    """Return the page."""
    is_drawn = 2 <= len(report.clusters) <= MOST_CLUSTERS
    drawings = [topology.ring(report), topology.column(report)] if is_drawn else []
    template = _environment().get_template("report.html.j2")
    return template.render(report=report, drawings=drawings, Link=Link, Path=Path)


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(File(__file__).parent / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    made.filters |= {"with_code": _with_code, "fitting": _fitting, "kernels": kernels}
    made.globals |= {
        "counted": counted,
        "nodes_of": nodes_of,
        "soonest": soonest,
        "tone_of": tone_of,
        "uses": USES,
    }
    return made


def kernels(cluster: Cluster) -> Sequence[str]:
    """Return each kernel of a cluster once, with its number of nodes if there are several."""
    found = Counter(node.kernel for node in cluster.nodes)
    if len(found) == 1:
        return list(found)
    return [f"{kernel} ({counted(number, 'node')})" for kernel, number in found.items()]


def nodes_of(cluster: Cluster) -> str:
    """Return how many nodes a cluster has, and how many are ready if not all are."""
    nodes = counted(len(cluster.nodes), "node")
    ready = sum(node.is_ready for node in cluster.nodes)
    return nodes if ready == len(cluster.nodes) else f"{ready} of {nodes} ready"


def tone_of(certificate: Certificate) -> str:
    """Return the CSS class that shows how soon a certificate expires."""
    if certificate.days < 0:
        return "bad"
    return "warn" if certificate.days < SOON_DAYS else "ok"


def _with_code(text: str) -> Markup:
    """Return the text with everything between backticks as code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if odd % 2 else escape(part)
        for odd, part in enumerate(parts)
    )


def _fitting(text: str, width: float, of_character: float) -> str:
    """Cut a text in the middle to fit a width in pixels; its end, with the port, stays."""
    most = int(width / of_character)
    if len(text) <= most:
        return text
    tail = most // 2
    return f"{text[: most - tail - 1]}…{text[-tail:]}"
