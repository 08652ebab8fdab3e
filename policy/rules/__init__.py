"""The rules: each is a pure function of resources as plain data; only policies.py knows Pulumi."""
