"""Read tables folded anew on the running stack: the same rows in every service, and every report and list the same byte for byte,
while it happens too."""

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import orjson
import pytest

from shared.events.catalogue import SERVICES
from tests.support.api_client import Api, new_citizen
from tests.support.local_stack import LocalStack

PROVINCE, AREA = "19", "190101"
AT = "2020-05-10T03:00:00Z"
_AS_OF = re.compile(rb'"as_of":"[^"]*"')


def some_of_everything(api: Api) -> dict[str, list[str]]:
    """A need at each place of the way. Returns what to ask afterwards, by service."""
    unit = api.open_unit(AREA, "2019-10-01")
    volunteer = api.appoint(AREA, "2019-11-01", unit_id=unit["unit_id"])
    cases = [api.report(AREA, at=AT, volunteer_id=volunteer["volunteer_id"])["case_id"] for _ in range(6)]
    tip_off = api.report(AREA, "tipoff_job_scam", at=AT)["case_id"]
    api.do("intake", f"/needs/{cases[0]}/withdraw", {"reason": "ย้ายบ้าน"}, at=AT)
    api.decide(cases[1], "not_eligible", at=AT)
    for case_id in cases[2:]:
        api.decide(case_id, at=AT)
    referrals = [api.referral(case_id)["referral_id"] for case_id in cases[2:]]
    api.do("routing", f"/referrals/{referrals[0]}/decline", {"reason": "ไม่ใช่งานของเรา"}, at=AT)
    api.do("routing", f"/referrals/{referrals[1]}/accept", at=AT)
    helps = [api.help(referral, "2020-05-20", at="2020-05-21T03:00:00Z") for referral in referrals[1:]]
    corrected = {"service_date": "2020-05-25", "assistance_type": "develop", "reason": "ลงผิด"}
    api.do("routing", f"/assistance/{helps[0]['assistance_id']}/correct", corrected, at="2020-05-26T03:00:00Z")
    api.do("routing", f"/assistance/{helps[1]['assistance_id']}/void", {"reason": "ลงผิด"}, at="2020-05-26T03:00:00Z")
    own = {"assistance_type": "protect", "project_name": "สิทธิแรงงาน", "service_date": "2020-05-26", "unit_id": unit["unit_id"]}
    own |= {"citizen": new_citizen(), "worker_type": "elderly", "consent": True}
    api.do("routing", "/assistance", own, at="2020-05-27T03:00:00Z")
    mentor_id = _centre_and_mentor(api, volunteer["volunteer_id"])
    assert api.referral(tip_off)
    api.until_reopened(cases[2])
    return {
        "registry": [
            "/coverage?province=19",
            "/allowances?month=2020-05",
            "/volunteers?province=19",
            "/service-units?province=19",
            "/centres?province=19",
            "/mentors?province=19",
            f"/mentors/{mentor_id}/volunteers?fiscal_year=2563",
        ],
        "intake": ["/needs?province=19&limit=200", "/needs?limit=200", *(f"/needs/{case_id}" for case_id in cases)],
        "screening": ["/queue?province=19", "/queue?limit=200"],
        "routing": ["/referrals?province=19", "/referrals?limit=200", "/referrals?overdue=true"],
        "reporting": [
            *(f"/reports/sp12?unit_id={unit['unit_id']}&month=2020-{month}" for month in ("04", "05", "06")),
            "/reports/snb2?province=19&month=2020-05",
            "/totals?month=2020-05",
            "/totals?fiscal_year=2563",
            "/funnel?fiscal_year=2563",
            f"/volunteers/{volunteer['volunteer_id']}/progress?fiscal_year=2563",
            *(f"/lineage/{help_['assistance_id']}" for help_ in helps),
        ],
    }


def _centre_and_mentor(api: Api, volunteer_id: str) -> str:
    """The volunteer sits in the committee, and has the mentor whose id is returned."""
    order, on = {"province": PROVINCE, "order_no": "1/2563"}, "2019-12-01"
    centre_id = api.do("registry", "/centres", order | {"established_on": on}, at=AT)["centre_id"]
    chair = {"role": "chair", "volunteer_id": volunteer_id}
    api.do("registry", f"/centres/{centre_id}/committees", {"order_no": "2/2563", "from": on, "members": [chair]}, at=AT)
    officer = {"title": "นาง", "first_name": "พี่เลี้ยง", "last_name": "ใจเย็น", "agency": "PLO", "province": PROVINCE}
    mentor_id: str = api.do("registry", "/mentors", officer, at=AT)["mentor_id"]
    api.do("registry", f"/volunteers/{volunteer_id}/mentor", {"mentor_id": mentor_id, "from": on}, at=AT)
    return mentor_id


def answers(api: Api, asked: Mapping[str, list[str]]) -> dict[str, bytes]:
    """By address, without the moment of asking."""
    found = {}
    for service, paths in asked.items():
        for path in paths:
            answer = api.get(service, path, at="2020-06-30T03:00:00Z")
            assert answer.status_code == 200, (path, answer.text)
            found[f"{service} {path}"] = _AS_OF.sub(b"", answer.content)
    return found


def _registry_counts_as_reporting_does(found: Mapping[str, bytes]) -> None:
    """Needs that a volunteer reported: on his mentor's list, and in his progress."""
    (progress,) = [orjson.loads(content) for name, content in found.items() if "/progress" in name]
    (mentored,) = [orjson.loads(content)["items"] for name, content in found.items() if "/mentors/" in name]
    assert [one["reported"] for one in mentored] == [progress["reported"]] == [5]


@pytest.mark.slow
def test_a_rebuild_on_the_running_stack_changes_no_byte_of_any_answer(stack: LocalStack, api: Api) -> None:
    asked = some_of_everything(api)
    api.until_caught_up()
    assert stack.command("reconcile").endswith("✓ all agree\n")
    before = answers(api, asked)
    assert all(len(content) > 20 for content in before.values())
    _registry_counts_as_reporting_does(before)
    done = Event()

    def read_all_the_while() -> int:
        times = 0
        while not done.is_set():
            assert answers(api, asked) == before
            times += 1
        return times

    with ThreadPoolExecutor(1) as beside:
        reading = beside.submit(read_all_the_while)
        try:
            for service in SERVICES:
                said = stack.command("service", service, "rebuild", "--compare")
                tables = re.findall(r"^  \S+: (.+)$", said, re.MULTILINE)
                assert tables, said
                assert set(tables) == {"equal"}, said
        finally:
            done.set()
        assert reading.result() > 0
    assert answers(api, asked) == before
