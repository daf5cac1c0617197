"""The survey sheet (แบบสำรวจ): its columns, what they are called, and the words that people write in them."""

from shared.events.codes import IdKind, NeedKind, WorkerType
from shared.sheets.columns import Column, Columns, Kind

TITLE = "แบบสำรวจความต้องการของประชาชน"

KINDS: dict[str, str] = {
    NeedKind.JOB_DOMESTIC: "หางานทำในประเทศ",
    NeedKind.JOB_OVERSEAS: "ไปทำงานต่างประเทศ",
    NeedKind.CAREER_GUIDANCE: "แนะแนวอาชีพ",
    NeedKind.HOME_WORK_GROUP: "กลุ่มรับงานไปทำที่บ้าน",
    NeedKind.SKILL_TRAINING: "ฝึกอาชีพ",
    NeedKind.HARDSHIP_RELIEF: "ช่วยเหลือความเดือดร้อนด้านอาชีพ",
    NeedKind.LABOUR_RIGHTS: "สิทธิแรงงาน",
    NeedKind.WELFARE: "สวัสดิการแรงงาน",
    NeedKind.SOCIAL_SECURITY_S40: "ประกันสังคมมาตรา 40",
    NeedKind.SOCIAL_SECURITY_OTHER: "ประกันสังคมอื่น ๆ",
    NeedKind.NETWORK_BUILDING: "สร้างเครือข่าย",
    NeedKind.DRUG_PREVENTION: "ป้องกันยาเสพติด",
    NeedKind.TIPOFF_JOB_SCAM: "เบาะแสหลอกลวงคนหางาน",
    NeedKind.TIPOFF_FOREIGN_WORKER: "เบาะแสแรงงานต่างด้าวผิดกฎหมาย",
    NeedKind.TIPOFF_CHILD_LABOUR: "เบาะแสการใช้แรงงานเด็ก",
    NeedKind.TIPOFF_WOMEN_LABOUR: "เบาะแสการใช้แรงงานหญิง",
    NeedKind.TIPOFF_UNFAIR_LABOUR: "เบาะแสการจ้างงานไม่เป็นธรรม",
}
_ALSO_KINDS = {
    "หางานในประเทศ": NeedKind.JOB_DOMESTIC,
    "หางานทำ": NeedKind.JOB_DOMESTIC,
    "ทำงานต่างประเทศ": NeedKind.JOB_OVERSEAS,
    "หางานต่างประเทศ": NeedKind.JOB_OVERSEAS,
    "รับงานไปทำที่บ้าน": NeedKind.HOME_WORK_GROUP,
    "ฝึกฝีมือแรงงาน": NeedKind.SKILL_TRAINING,
    "พัฒนาฝีมือแรงงาน": NeedKind.SKILL_TRAINING,
    "ฝึกทักษะอาชีพ": NeedKind.SKILL_TRAINING,
    "บรรเทาความเดือดร้อนด้านอาชีพ": NeedKind.HARDSHIP_RELIEF,
    "สวัสดิการ": NeedKind.WELFARE,
    "ประกันสังคมมาตรา ๔๐": NeedKind.SOCIAL_SECURITY_S40,
    "ประกันสังคม ม.40": NeedKind.SOCIAL_SECURITY_S40,
    "ประกันสังคม ม.๔๐": NeedKind.SOCIAL_SECURITY_S40,
    "มาตรา 40": NeedKind.SOCIAL_SECURITY_S40,
    "ประกันสังคม": NeedKind.SOCIAL_SECURITY_OTHER,
    "เครือข่าย": NeedKind.NETWORK_BUILDING,
    "ยาเสพติด": NeedKind.DRUG_PREVENTION,
}
WORKERS: dict[str, str] = {
    WorkerType.INFORMAL: "แรงงานนอกระบบ",
    WorkerType.ELDERLY: "แรงงานสูงอายุ",
    WorkerType.DISABLED: "แรงงานคนพิการ",
}
_ALSO_WORKERS = {
    "นอกระบบ": WorkerType.INFORMAL,
    "สูงอายุ": WorkerType.ELDERLY,
    "ผู้สูงอายุ": WorkerType.ELDERLY,
    "คนพิการ": WorkerType.DISABLED,
    "พิการ": WorkerType.DISABLED,
}
ID_KINDS: dict[str, str] = {IdKind.THAI: "บัตรประชาชน", IdKind.OTHER: "เอกสารอื่น", IdKind.NONE: "ไม่มีเอกสาร"}
_ALSO_ID_KINDS = {
    "บัตรประจำตัวประชาชน": IdKind.THAI,
    "ไทย": IdKind.THAI,
    "หนังสือเดินทาง": IdKind.OTHER,
    "อื่น ๆ": IdKind.OTHER,
    "ไม่มี": IdKind.NONE,
    "ไม่มีบัตร": IdKind.NONE,
}

COLUMNS: Columns = (
    Column(
        "volunteer_id",
        ("รหัสอาสาสมัคร", "รหัส อสร.", "อาสาสมัครแรงงาน", "รหัสอาสาสมัครแรงงาน", "เลขบัตรอาสาสมัคร", "เลขที่บัตรอาสาสมัคร"),
        note="เลขบัตรของอาสาสมัครแรงงานที่สำรวจ หรือรหัสในระบบ เว้นว่างได้",
        example="24-2564-7F3KQ9",
    ),
    Column(
        "kind",
        ("ความต้องการ", "ประเภทความต้องการ", "เรื่องที่ต้องการ"),
        Kind.CODE,
        required=True,
        note="เลือกจากรายการ",
        example="ฝึกอาชีพ",
        choices=KINDS,
        synonyms=_ALSO_KINDS,
    ),
    Column(
        "area_code",
        ("รหัสตำบล", "ตำบล", "รหัสพื้นที่", "ตำบล/แขวง"),
        Kind.AREA,
        required=True,
        note="รหัส 6 หลักของตำบลที่ประชาชนอยู่ เลือกจากรายการ",
        example="240409",
    ),
    Column("village_no", ("หมู่ที่", "หมู่", "หมู่บ้าน"), Kind.WHOLE, note="เลขหมู่ที่ เว้นว่างได้", example="3"),
    Column("unit_id", ("รหัสหน่วยบริการ", "หน่วยบริการ", "หน่วยบริการชุมชน"), note="เว้นว่างได้: ใช้หน่วยบริการของอาสาสมัคร"),
    Column(
        "reported_at",
        ("วันที่แจ้ง", "วันที่สำรวจ", "วันที่", "วันที่รายงาน"),
        Kind.MOMENT,
        note="เช่น 25/5/2564 เว้นว่าง: วันที่นำเข้า",
        example="25/5/2564",
    ),
    Column(
        "id_kind",
        ("ชนิดเอกสาร", "ประเภทเอกสาร", "ชนิดบัตร", "ประเภทบัตร"),
        Kind.CODE,
        note="เว้นว่าง: บัตรประชาชน ผู้ไม่มีเอกสารให้เลือก ไม่มีเอกสาร",
        example="บัตรประชาชน",
        choices=ID_KINDS,
        synonyms=_ALSO_ID_KINDS,
    ),
    Column(
        "citizen_id",
        ("เลขประจำตัวประชาชน", "เลขบัตรประชาชน", "เลขบัตรประจำตัวประชาชน", "เลขบัตรประชาชน 13 หลัก", "เลขที่เอกสาร"),
        Kind.CITIZEN_ID,
        note="13 หลัก มีขีดหรือไม่ก็ได้",
        example="1-9701-00000-01-1",
    ),
    Column("title", ("คำนำหน้า", "คำนำหน้าชื่อ", "คำนำหน้านาม"), note="เว้นว่างได้", example="นาง"),
    Column("first_name", ("ชื่อ", "ชื่อตัว", "ชื่อจริง"), note="ไม่ต้องกรอกสำหรับเบาะแส", example="สมใจ"),
    Column("last_name", ("นามสกุล", "ชื่อสกุล", "สกุล"), note="ไม่ต้องกรอกสำหรับเบาะแส", example="ใจดี"),
    Column("birth_year", ("ปีเกิด", "ปี พ.ศ. เกิด", "พ.ศ. เกิด"), Kind.YEAR, note="พ.ศ. หรือ ค.ศ. เว้นว่างได้", example="2522"),
    Column("phone", ("โทรศัพท์", "เบอร์โทรศัพท์", "เบอร์โทร", "หมายเลขโทรศัพท์"), Kind.PHONE, note="เว้นว่างได้", example="081-234-5678"),
    Column(
        "worker_type",
        ("ประเภทแรงงาน", "ประเภทของแรงงาน", "กลุ่มแรงงาน"),
        Kind.CODE,
        note="เลือกจากรายการ ไม่ต้องกรอกสำหรับเบาะแส",
        example="แรงงานนอกระบบ",
        choices=WORKERS,
        synonyms=_ALSO_WORKERS,
    ),
    Column(
        "consent",
        ("ยินยอมให้ใช้ข้อมูล", "ยินยอม", "ความยินยอม", "การยินยอม", "ให้ความยินยอม"),
        Kind.YES_NO,
        note="ประชาชนยินยอมให้เก็บและใช้ข้อมูลส่วนบุคคล",
        example="ใช่",
    ),
    Column("detail", ("รายละเอียด", "รายละเอียดความต้องการ", "หมายเหตุ"), note="ไม่เกิน 4,000 ตัวอักษร", example="อยากเรียนตัดเย็บ"),
)
