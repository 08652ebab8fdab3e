"""What is known of a node, what its kernel needs, and how it is reached; knows no Pulumi."""
