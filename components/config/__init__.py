"""The stack config: typed models, and every fault of it in one report."""
