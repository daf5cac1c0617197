"""How often Python looks for objects that only hold each other. We make hundreds of thousands of short-lived ones a second and
next to no cycles: at its usual pace the search takes a third of a rebuild's time, and now and then keeps a request waiting."""

import gc

ALLOCATIONS = 20_000


def collect_seldom() -> None:
    """For a process that has imported what it needs: all of that is never looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS, 10, 10)
