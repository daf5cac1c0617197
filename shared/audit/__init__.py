"""The audit trail of a service: who did or saw what, as a chain of hashes. Which routes are audited is said where they are."""
