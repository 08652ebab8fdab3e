"""The rules: each a pure function over resources as plain data; policies.py alone knows Pulumi."""
