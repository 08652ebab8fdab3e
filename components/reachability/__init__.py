"""Who reaches whom: the matrix, the status of the connections, and what may be wrong."""
