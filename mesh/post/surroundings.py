"""The forge that a job runs on, read from the environment that the forge itself sets."""

from collections.abc import Mapping

from ..words import listed
from .forge import Forge, ForgeError
from .github import WORKFLOW_AUTHOR, GitHub
from .gitlab import GitLab


def forge(environment: Mapping[str, str], author: str | None = None) -> Forge:
    """Return the forge; raises ForgeError if it or its token is not known.

    `author` is the account of GitHub's token, if that is not the workflow's own.
    """
    if environment.get("GITLAB_CI"):
        url, project, token = _all(environment, "CI_API_V4_URL", "CI_PROJECT_ID", "GITLAB_TOKEN")
        return GitLab(url, project, token)
    if environment.get("GITHUB_ACTIONS"):
        names = "GITHUB_API_URL", "GITHUB_REPOSITORY", "GITHUB_TOKEN"
        url, repository, token = _all(environment, *names)
        return GitHub(url, repository, token, author or WORKFLOW_AUTHOR)
    raise ForgeError("this is not a job of GitHub Actions or GitLab CI: there is nowhere to post")


def _all(environment: Mapping[str, str], *names: str) -> list[str]:
    missing = [name for name in names if not environment.get(name)]
    if missing:
        verb, them = ("is", "it") if len(missing) == 1 else ("are", "them")
        raise ForgeError(f"{listed(missing)} {verb} not set: add {them} to the job's variables")
    return [environment[name] for name in names]
