"""The panel beside the table: everything about one picture."""
