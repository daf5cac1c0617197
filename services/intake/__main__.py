"""`python -m services.intake api|worker|…`."""

import sys

from services.intake.app import DEFINITION
from shared.process import main

if __name__ == "__main__":
    sys.exit(main(DEFINITION))
