"""Fixtures that every layer of the tests shares."""
