"""The one exception that the toolchain shows to people."""


class ToolchainError(Exception):
    """Something a person has to know: what failed, where, why, and the way out, in its message."""


class InterruptedBuildError(ToolchainError):
    """The build was stopped from outside; what was finished before is kept."""
