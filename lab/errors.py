"""The one error that the lab shows to people as a plain message."""


class LabError(Exception):
    """A failure that a person has to know about: what, where, why and the fix."""
