"""What is alike among pictures: a session's rows, those that were collected, and two of them, pixel by pixel."""
