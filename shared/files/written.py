"""How names and numbers of people are written on paper."""

from shared.buddhist_calendar import thai_digits

NO_NUMBER = NO_NAME = "-"


def written_name(title: str | None, first_name: str, last_name: str) -> str:
    """As Thai writes it: นางสาวสมใจ ใจดี."""
    return f"{title or ''}{first_name} {last_name}"


def written_id(citizen_id: str | None) -> str:
    """๑-๙๗๐๑-๐๐๐๐๐-๐๑-๑ for a 13-digit ID; another document's number as it is; `-` for none."""
    if citizen_id is None:
        return NO_NUMBER
    if len(citizen_id) != 13 or not (citizen_id.isascii() and citizen_id.isdigit()):
        return citizen_id
    parts = (citizen_id[0], citizen_id[1:5], citizen_id[5:10], citizen_id[10:12], citizen_id[12])
    return thai_digits("-".join(parts))
