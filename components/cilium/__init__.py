"""Decoded forms of what Cilium itself keeps in a cluster."""
