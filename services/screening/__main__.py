"""`python -m services.screening api|worker|…`."""

import sys

from services.screening.app import DEFINITION
from shared.process import main

if __name__ == "__main__":
    sys.exit(main(DEFINITION))
