"""What imports say to people: a Thai sentence for every code, a word for every result."""

from shared.sheets.columns import Columns

RESULTS = {"accepted": "นำเข้าแล้ว", "matched": "มีอยู่แล้ว", "refused": "ไม่ได้นำเข้า"}

SENTENCES = {
    "required": "ต้องกรอก",
    "invalid": "กรอกไม่ถูกต้อง",
    "unknown_field": "ไม่มีช่องนี้ในแบบ",
    "unknown_place": "ไม่พบรหัสพื้นที่นี้",
    "unknown_volunteer": "ไม่พบอาสาสมัครแรงงานที่ปฏิบัติหน้าที่ในวันนั้น",
    "unknown_unit": "ไม่พบหน่วยบริการที่เปิดอยู่ในวันนั้น",
    "invalid_citizen_id": "เลขประจำตัวประชาชนไม่ถูกต้อง กรุณาตรวจสอบเลข 13 หลัก",
    "consent_required": "ต้องได้รับความยินยอมจากประชาชนก่อน",
    "citizen_required": "ต้องระบุชื่อและนามสกุลของประชาชน",
    "in_future": "เป็นวันในอนาคตเกินกว่าที่รับได้",
    "too_long": "ข้อความยาวเกินไป",
    "not_found": "ไม่ใช่พื้นที่ที่ท่านรับผิดชอบ หรือไม่มีข้อมูลนี้",
    "already_appointed": "บุคคลนี้เป็นอาสาสมัครแรงงานในพื้นที่นี้อยู่แล้ว",
    "wrong_state": "ทำรายการนี้ไม่ได้ในสถานะปัจจุบัน",
    "interrupted": "การนำเข้าหยุดกลางคัน กรุณาส่งไฟล์เดิมอีกครั้ง",
    "database_unavailable": "ระบบไม่พร้อมชั่วคราว กรุณาส่งไฟล์เดิมอีกครั้ง",
    "outcome_unknown": "ไม่ทราบผล กรุณาส่งไฟล์เดิมอีกครั้ง",
}


def sentence(columns: Columns, column: str | None, code: str) -> str:
    """What is wrong with a row, in Thai, for whoever filled it in. KeyError for a code that has no words."""
    heading = next((one.headings[0] for one in columns if one.name == column), None)
    return SENTENCES[code] if heading is None else f"{heading}: {SENTENCES[code]}"
