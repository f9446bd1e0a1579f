"""Unexpected errors and the log."""
