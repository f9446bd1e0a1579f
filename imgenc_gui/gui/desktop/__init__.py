"""The desktop around imgenc."""
