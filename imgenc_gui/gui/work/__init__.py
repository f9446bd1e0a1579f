"""What goes on behind the window."""
