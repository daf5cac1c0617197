"""Registry's part about volunteers' ID cards."""
