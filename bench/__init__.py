"""What is measured, against whom, and how to run it: `python -m bench`. What came out is in `docs/performance.md`."""
