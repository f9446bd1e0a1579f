"""Exports: one module per format, each writes and reads back; files that appear whole or not at all."""
