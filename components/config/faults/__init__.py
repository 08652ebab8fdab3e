"""Everything that can be wrong with a stack config."""
