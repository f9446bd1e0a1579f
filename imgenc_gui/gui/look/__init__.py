"""How imgenc looks."""
