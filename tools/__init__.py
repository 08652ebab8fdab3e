"""The toolchain: every program that the project and the lab run, pinned and built once."""
