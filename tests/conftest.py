"""Fixtures that every layer of the tests shares."""

from hypothesis import HealthCheck, settings

# How fast the machine is, is no fault of the program: beside a lab it can be very slow.
settings.register_profile(
    "any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any-machine")
