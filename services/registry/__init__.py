"""Registry: who serves as a labour volunteer, where, for which term, and which service units are open."""
