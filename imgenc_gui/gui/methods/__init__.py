"""Choosing methods."""
