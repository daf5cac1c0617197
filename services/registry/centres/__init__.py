"""Registry's part about centres and their committees."""
