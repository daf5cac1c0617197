"""Registry's part about mobile service units."""
