"""What the stack that runs is called in the clusters that are its own."""

import pulumi

from .checks.owner import full_name


def this_stack() -> str:
    """Give `project/stack`, without the organization: that one changes with the backend."""
    return full_name(pulumi.get_project(), pulumi.get_stack())
