"""The survey sheet as a table that is taken in: its columns, and who takes its rows."""

from services.intake.imports.columns import COLUMNS, TITLE
from services.intake.imports.needs import NeedImporter
from shared.imports.kind import ImportKind

NEEDS = ImportKind(path="/needs", columns=COLUMNS, id_name="case_id", title=TITLE, importer=NeedImporter)
