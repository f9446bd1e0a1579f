"""Networks that embed pictures."""
