"""The stories and their player, without services; played for real they are in `tests/e2e/test_stories.py`."""
