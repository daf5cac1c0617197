"""Intake: volunteers, units and offices report citizens' needs and tip-offs; each is a case whose story is told here."""
