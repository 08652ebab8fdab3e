"""What the tests cost in processor time: by test, by folder, by program (docs/testing.md)."""
