"""Words that several forms share, as the ministry writes them, and how rows and revisions are written on paper."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.buddhist_calendar import bangkok_day, thai_date, thai_digits
from shared.files.written import NO_NAME

ASSISTANCE_TYPES = {
    "promote": "ส่งเสริม",
    "protect": "คุ้มครอง",
    "develop": "พัฒนา",
    "drug_prevention": "รณรงค์ป้องกันและแก้ไขปัญหายาเสพติด",
}
WORKER_TYPES = {"informal": "แรงงานนอกระบบ", "elderly": "แรงงานสูงอายุ", "disabled": "แรงงานคนพิการ"}

PROMOTE_MEANS = (
    "ส่งเสริม หมายถึง ส่งเสริมการมีงานทำ อาทิ การให้ความช่วยเหลือ แนะนำ สนับสนุน ส่งเสริมให้แรงงานนอกระบบฯ แรงงานสูงอายุ "
    "และแรงงานคนพิการ มีงานทำ มีอาชีพ มีรายได้"
)
PROTECT_MEANS = "คุ้มครอง หมายถึง การคุ้มครองให้ได้รับสิทธิประโยชน์ตามกฎหมาย อาทิ การสร้างการรับรู้สิทธิตามกฎหมาย การสร้างหลักประกันทางสังคม"
DEVELOP_MEANS = (
    "พัฒนา หมายถึง การพัฒนาทักษะฝีมือ/การพัฒนาเครือข่าย/การพัฒนาระบบ อาทิ การเพิ่มทักษะฝีมือ การพัฒนาทักษะฝีมือ "
    "เพื่อให้แรงงานนอกระบบมีทักษะฝีมือ มีความรู้ นำไปใช้สร้างงานสร้างอาชีพ รวมถึงการสร้างและพัฒนาระบบเครือข่าย การรวมกลุ่ม "
    "การขยายเครือข่าย การพัฒนาระบบบริหารจัดการ"
)
ADDED_LATE = "(เพิ่มเติม)"


def written_row_name(row: Mapping[str, Any]) -> str:
    """The name on a row, marked when the row came in after the first submission; `-` for who may not see it."""
    name = NO_NAME if row["name"] is None else row["name"]
    return f"{name} {ADDED_LATE}" if row["late"] else name


def revised(content: Mapping[str, Any]) -> str | None:
    """What a revised form says under its title. Revision 2 is the first correction; the first submission and views that are no
    submission say nothing."""
    if content["view"] != "submitted" or content["revision"] < 2:
        return None
    first = bangkok_day(datetime.fromisoformat(content["first_submitted_at"]))
    return f"ฉบับแก้ไขครั้งที่ {thai_digits(content['revision'] - 1)} (ฉบับแรกส่งเมื่อ {thai_date(first)})"
