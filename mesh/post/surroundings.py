"""Which forge a job runs on: read from what the forge itself puts into the environment."""

from collections.abc import Mapping

from .forge import Forge, ForgeError
from .github import WORKFLOW_AUTHOR, GitHub
from .gitlab import GitLab


def forge(environment: Mapping[str, str], author: str | None = None) -> Forge:
    """Give the forge; raises ForgeError where it or its token is not known.

    `author` is who writes, where GitHub's token is not the workflow's own.
    """
    if environment.get("GITLAB_CI"):
        url, project, token = _all(environment, "CI_API_V4_URL", "CI_PROJECT_ID", "GITLAB_TOKEN")
        return GitLab(url, project, token)
    if environment.get("GITHUB_ACTIONS"):
        names = "GITHUB_API_URL", "GITHUB_REPOSITORY", "GITHUB_TOKEN"
        url, repository, token = _all(environment, *names)
        return GitHub(url, repository, token, author or WORKFLOW_AUTHOR)
    raise ForgeError("this is no job of GitHub Actions or GitLab CI: there is nowhere to post to")


def _all(environment: Mapping[str, str], *names: str) -> list[str]:
    missing = [name for name in names if not environment.get(name)]
    if missing:
        raise ForgeError(f"{', '.join(missing)} is not set: give it to the job as a variable")
    return [environment[name] for name in names]
