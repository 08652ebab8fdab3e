"""The errors that the toolchain shows to people."""


class ToolchainError(Exception):
    """A failure that a person has to know about; the message says what, where, why and the fix."""


class InterruptedBuildError(ToolchainError):
    """The build was stopped from outside; what was finished is kept."""
