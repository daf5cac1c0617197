"""Registry's part about volunteers through their years: terms that end, renewals by the dozen, the monthly pay list."""
