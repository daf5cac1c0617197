"""What imports say to people: a Thai sentence for every code, a word for every result."""

from shared.sheets.columns import Columns


def sentence(columns: Columns, column: str | None, code: str) -> str:
    """What is wrong with a row, in Thai, for whoever filled it in. KeyError for a code that has no words."""
    raise NotImplementedError
