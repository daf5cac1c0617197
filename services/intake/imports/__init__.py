"""Needs from a survey sheet: many at once, each as good as one that was reported alone."""
