"""The roster (ทะเบียนอาสาสมัครแรงงาน): its columns, what they are called, and the words that people write in them."""

from shared.events.codes import Level
from shared.sheets.columns import Column, Columns, Kind

TITLE = "แบบนำเข้าทะเบียนอาสาสมัครแรงงาน"

LEVELS: dict[str, str] = {
    Level.VILLAGE: "หมู่บ้าน",
    Level.SUBDISTRICT: "ตำบล",
    Level.MUNICIPALITY: "เทศบาล",
    Level.DISTRICT: "อำเภอ",
}
_ALSO_LEVELS = {
    "แขวง": Level.SUBDISTRICT,
    "เขต": Level.DISTRICT,
    **{f"ระดับ{word}": Level(code) for code, word in LEVELS.items()},
    **{f"อสร.{word}": Level(code) for code, word in LEVELS.items()},
}

COLUMNS: Columns = (
    Column(
        "citizen_id",
        ("เลขประจำตัวประชาชน", "เลขบัตรประชาชน", "เลขบัตรประจำตัวประชาชน", "เลขบัตรประชาชน 13 หลัก", "เลขประจำตัวประชาชน 13 หลัก"),
        Kind.CITIZEN_ID,
        required=True,
        note="13 หลัก มีขีดหรือไม่ก็ได้",
        example="1-9701-00000-01-1",
    ),
    Column("title", ("คำนำหน้า", "คำนำหน้าชื่อ", "คำนำหน้านาม"), required=True, example="นาง"),
    Column("first_name", ("ชื่อ", "ชื่อตัว", "ชื่อจริง"), required=True, example="สมใจ"),
    Column("last_name", ("นามสกุล", "ชื่อสกุล", "สกุล"), required=True, example="ใจดี"),
    Column(
        "level",
        ("ระดับ", "ระดับอาสาสมัคร", "ประเภทอาสาสมัคร"),
        Kind.CODE,
        required=True,
        note="เลือกจากรายการ",
        example="ตำบล",
        choices=LEVELS,
        synonyms=_ALSO_LEVELS,
    ),
    Column(
        "area_code",
        ("รหัสพื้นที่", "รหัสตำบล", "รหัสตำบล/อำเภอ", "พื้นที่รับผิดชอบ", "ตำบล"),
        Kind.AREA,
        required=True,
        note="รหัสตำบล 6 หลัก ระดับอำเภอใช้รหัสอำเภอ 4 หลัก เลือกจากรายการ",
        example="240409",
    ),
    Column("village_no", ("หมู่ที่", "หมู่", "หมู่บ้าน"), Kind.WHOLE, note="เลขหมู่ที่ เว้นว่างได้", example="3"),
    Column("unit_id", ("รหัสหน่วยบริการ", "หน่วยบริการ", "หน่วยบริการชุมชน"), note="รหัสในระบบ เว้นว่างได้"),
    Column(
        "appointed_on",
        ("วันที่แต่งตั้ง", "วันแต่งตั้ง", "วันที่เริ่มปฏิบัติหน้าที่"),
        Kind.DAY,
        required=True,
        note="เช่น 25/5/2564 วาระ 3 ปีนับจากวันนี้",
        example="25/5/2564",
    ),
    Column("order_no", ("เลขที่คำสั่ง", "คำสั่งที่", "คำสั่งเลขที่", "คำสั่ง"), note="เว้นว่างได้", example="292/2564"),
    Column("phone", ("โทรศัพท์", "เบอร์โทรศัพท์", "เบอร์โทร", "หมายเลขโทรศัพท์"), Kind.PHONE, note="เว้นว่างได้", example="081-234-5678"),
)
