"""Reporting: everything that happened, as the two official forms, the national totals and the funnel."""
