"""The eight steps of the procedure, over all clusters."""
