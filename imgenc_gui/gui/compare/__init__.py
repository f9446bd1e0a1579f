"""What is like what: asking, marking, and the bars above the table."""
