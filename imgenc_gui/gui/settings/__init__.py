"""What is remembered between runs, and the dialog for it."""
