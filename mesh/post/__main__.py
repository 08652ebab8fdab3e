"""Post a summary into its comment on a pull request, or into its issue."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from . import surroundings
from .forge import Forge, ForgeError
from .keeping import keep_comment, keep_issue

EXIT_FAILED = 1


def main(words: Sequence[str]) -> int:
    """Post, and print where; return the exit code."""
    parser = _parser()
    options = parser.parse_args(words)
    if options.resolved and options.issue is None:
        parser.error("--resolved needs --issue: a comment stays")
    try:
        body = options.file.read_text()
        print(_post(surroundings.forge(os.environ, options.author), body, options))
    except OSError as error:
        print(f"post: {options.file} cannot be read: {error.strerror}", file=sys.stderr)
        return EXIT_FAILED
    except ForgeError as error:
        print(f"post: {error}", file=sys.stderr)
        return EXIT_FAILED
    except (KeyError, TypeError, ValueError) as error:
        print(f"post: the forge's answer has an unknown form: {error}", file=sys.stderr)
        return EXIT_FAILED
    return 0


def _post(forge: Forge, body: str, options: argparse.Namespace) -> str:
    if options.pull_request is not None:
        return keep_comment(forge, options.pull_request, body)
    return keep_issue(forge, options.issue, body, is_resolved=options.resolved)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m mesh post",
        description="Post a summary where people see it: in one comment per pull request and stack,"
        " or in one open issue per stack, which is edited in place. The token is GITHUB_TOKEN in"
        " GitHub Actions and GITLAB_TOKEN in GitLab CI.",
        epilog="Exit codes: 0 posted, 1 not posted, 2 wrong use.",
    )
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="the summary, written by `python -m mesh summary`"
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument(
        "--pull-request", type=int, metavar="NUMBER", help="the pull or merge request to comment on"
    )
    where.add_argument("--issue", metavar="TITLE", help="the title of the issue")
    parser.add_argument(
        "--resolved", action="store_true", help="close the issue, if there is one, and open none"
    )
    parser.add_argument(
        "--author",
        metavar="LOGIN",
        help="the account of GITHUB_TOKEN, if it is not the workflow's own (github-actions[bot])",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
