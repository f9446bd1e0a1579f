"""The main window: puts the parts together."""
