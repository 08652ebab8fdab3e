"""Which cluster reaches which: the matrix, the connections' status, and likely causes."""
