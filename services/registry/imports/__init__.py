"""Registry's part about volunteers that come in a file."""
