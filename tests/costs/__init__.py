"""The CPU time of the tests: by test, by folder, by program (docs/testing.md)."""
