"""An empty table to be filled in, as XLSX: headings in Thai, drop-downs, an example on a sheet of its own."""

from collections.abc import Sequence

from shared.sheets.columns import Columns


def template(columns: Columns, areas: Sequence[str], *, title: str) -> bytes:
    """`areas`: codes of the places that the drop-down of areas offers; `title`: of the document, in Thai. The same columns and
    areas give the same bytes. Takes up to a second for all places of the country: call it in a thread."""
    raise NotImplementedError
