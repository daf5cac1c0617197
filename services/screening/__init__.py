"""Screening: the provincial office decides which needs go to which agency; tip-offs are decided by the system at once."""
