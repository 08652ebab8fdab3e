"""One node: its state, the kernel it needs, and how it is reached; knows no Pulumi."""
