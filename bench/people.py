"""Invented people for the benches, in clear and sealed as the vault would. Their numbers have an office code that no
office has."""

import random
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared import sealing
from shared.citizen_id import check_digit
from shared.sealed import Sealed

FIRST_NAMES = ("สมใจ", "มานะ", "ปิติ", "ชูใจ", "วีระ", "สมศักดิ์", "กาญจนา", "อรุณ")
LAST_NAMES = ("ใจดี", "รักงาน", "ทองคำ", "แสงอรุณ", "มีสุข", "ศรีสวัสดิ์")
_KEY = AESGCM(sealing.new_data_key())


def citizen(draw: random.Random) -> dict[str, Any]:
    """As `POST /needs` takes them."""
    twelve = f"197{draw.randrange(10**9):09}"
    return {
        "id_kind": "thai",
        "citizen_id": twelve + check_digit(twelve),
        "title": draw.choice(("นาย", "นาง", "นางสาว")),
        "first_name": draw.choice(FIRST_NAMES),
        "last_name": draw.choice(LAST_NAMES),
        "birth_year": draw.randrange(1950, 2005),
        "phone": f"08{draw.randrange(10**8):08}",
    }


def sealed(draw: random.Random, person_ref: UUID) -> Sealed:
    """A block as long as a real one. All are under one key: nobody will open them."""
    return sealing.seal(_KEY, person_ref, citizen(draw))
