"""What intake does for people themselves: finds the cases of one, puts right what is wrong about them, forgets them. `api.py` is
the way in, `erasures.py` what erases keys, `reapply.py` what erases them again after a restore."""
