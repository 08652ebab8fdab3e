"""Kubeconfigs as plain data: read, checked, merged, written; no cluster is contacted."""
