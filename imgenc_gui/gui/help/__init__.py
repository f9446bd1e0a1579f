"""About and the list of keys."""
