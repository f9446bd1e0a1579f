"""About, the list of keys, and what the methods are."""
