"""Registry's part about mentors, the volunteers given to them, and the progress of those."""
