"""A report's content, the dict that is also its JSON, as a file: CSV, XLSX or PDF. Nothing is asked or counted here."""

from services.reporting.files.answering import answer
from services.reporting.files.formats import Format, FormatParam
from services.reporting.files.paper import Column, Paper, Section

__all__ = ["Column", "Format", "FormatParam", "Paper", "Section", "answer"]
