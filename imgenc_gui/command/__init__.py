"""The parts of the command `imgenc`."""
