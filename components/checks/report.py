"""What preflight has to say about the clusters, in one report."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..common.listing import counted
from ..config.preflight_levels import Level

# In reports, where a finding is about the mesh or this machine and not about one cluster.
MESH = ""


@dataclass(frozen=True, slots=True)
class Complaint:
    """What one check found: the cluster (or MESH), what is wrong, the fix.

    `is_sure` is False if the check could not be made; such a complaint is never an error.
    """

    cluster: str
    text: str
    remedy: str
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """A complaint with the check that made it and how grave it is."""

    cluster: str
    check: str
    level: Level
    text: str
    remedy: str

    def render(self) -> str:
        """Return the finding as two lines of text."""
        where = self.cluster or "the mesh"
        return f"{self.level}: {where}: {self.text} [{self.check}]\n    fix: {self.remedy}"


@dataclass(frozen=True, slots=True)
class PreflightReport:
    """All findings over all clusters, errors first."""

    findings: tuple[Finding, ...]
    clusters: tuple[str, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that stop an update."""
        return tuple(finding for finding in self.findings if finding.level is Level.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that do not."""
        return tuple(finding for finding in self.findings if finding.level is Level.WARN)

    @property
    def is_ok(self) -> bool:
        """Whether nothing stops an update."""
        return not self.errors

    def beyond(self, earlier: "PreflightReport") -> "PreflightReport":
        """Return what an earlier report, made when less was known, did not say."""
        new = tuple(finding for finding in self.findings if finding not in earlier.findings)
        return PreflightReport(new, self.clusters)

    def render(self) -> str:
        """Return the whole report as text."""
        looked_at = f"Preflight looked at {', '.join(self.clusters) or 'no cluster yet'}"
        if not self.findings:
            return f"{looked_at}: nothing found."
        counts = counted(len(self.errors), "error"), counted(len(self.warnings), "warning")
        blocks = [finding.render() for finding in self.findings]
        off = "a check's level is set by preflight.<check>: error, warn or off"
        return "\n".join([f"{looked_at}: {', '.join(counts)} ({off}).", *blocks])


def sorted_findings(findings: Iterable[Finding], clusters: Iterable[str]) -> tuple[Finding, ...]:
    """Order findings: errors first, then by cluster as in the config, then by check."""
    order = {name: position for position, name in enumerate(clusters)}
    return tuple(
        sorted(
            findings,
            key=lambda one: (
                one.level is not Level.ERROR,
                order.get(one.cluster, -1),
                one.check,
                one.text,
            ),
        )
    )
