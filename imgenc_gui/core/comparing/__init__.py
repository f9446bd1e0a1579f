"""What is alike among pictures: those of a session's rows, those that were collected, and two of them, pixel by pixel."""
