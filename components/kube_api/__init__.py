"""A small HTTPS client of the Kubernetes API."""
