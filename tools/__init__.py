"""The toolchain: every program the project and the lab run, pinned, built once, found by name."""
