"""Routing: eligible cases go to the agencies' provincial offices, and what was done for people is recorded."""
