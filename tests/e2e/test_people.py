"""A person found, put right and forgotten on the running stack: whoever asks any service within ten seconds finds no name, and
every number as it was."""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from deploy.local.waiting import wait_until
from tests.support.api_client import Api, Json, new_citizen
from tests.support.local_stack import LocalStack

PROVINCE, AREA = "30", "300101"
AT, HELPED_AT = "2019-05-10T03:00:00Z", "2019-05-21T03:00:00Z"
MONTH = "2019-05"
FORGOTTEN_SECONDS = 10.0
BACK_SECONDS = 60.0
BECAUSE = {"reason": "มาขอด้วยตนเองที่สำนักงาน"}
FORMATS = ("json", "csv")


@dataclass
class Told:
    """What there is to be found of one person."""

    citizen: Json
    person_ref: str
    case_id: str
    referral_id: str
    unit_id: str
    volunteer_id: str

    @property
    def words(self) -> tuple[str, ...]:
        """What must be found nowhere."""
        return (
            self.citizen["first_name"],
            self.citizen["last_name"],
            self.citizen["citizen_id"],
            self.citizen["phone"],
            "ลูกสองคน",
        )


def tell(api: Api) -> Told:
    """Reported by a volunteer who is the same person, referred twice, helped twice, on two submitted forms."""
    mark = f"{time.time_ns():x}"
    citizen = new_citizen(first_name=f"สมนึก{mark}", last_name=f"นึกถึง{mark}", phone=f"08{time.time_ns() % 10**8:08}", title="นาย")
    unit_id = api.open_unit(AREA, "2018-10-01")["unit_id"]
    own = {name: citizen[name] for name in ("citizen_id", "title", "first_name", "last_name", "phone")}
    volunteer_id = api.appoint(AREA, "2018-11-01", unit_id=unit_id, **own)["volunteer_id"]
    case_id = api.report(AREA, at=AT, citizen=citizen, volunteer_id=volunteer_id, detail="ลูกสองคน")["case_id"]
    api.decide(case_id, at=AT, note="ลูกสองคน")
    api.do("routing", f"/referrals/{api.referral(case_id)['referral_id']}/decline", {"reason": "ลูกสองคน"}, at=AT)
    api.until_reopened(case_id)
    api.decide(case_id, agency="PLO", at=AT)
    referral_id = api.referral(case_id)["referral_id"]
    api.help(referral_id, "2019-05-20", at=HELPED_AT, note="ลูกสองคน")
    help_ = {"assistance_type": "protect", "project_name": "สิทธิแรงงาน", "service_date": "2019-05-21", "unit_id": unit_id}
    named = {"citizen": citizen, "worker_type": "informal", "consent": True, "note": "ลูกสองคน"}
    last = api.do("routing", "/assistance", {**help_, **named}, at=HELPED_AT)
    told = Told(citizen, last["person_ref"], case_id, referral_id, unit_id, volunteer_id)
    api.until_told(case_id, "AssistanceRecorded")
    shown(api, told)  # they are in the tables
    for form, of in forms(told).items():
        api.do("reporting", f"/reports/{form}/submit", of, at="2019-06-10T03:00:00Z", after=last.position)
    return told


def forms(told: Told) -> dict[str, Json]:
    return {"sp12": {"unit_id": told.unit_id, "month": MONTH}, "snb2": {"province": PROVINCE, "month": MONTH}}


def shown(api: Api, told: Told) -> dict[str, Any]:
    """Every place where a person's name or words may be shown, as text."""
    asked: dict[str, tuple[str, str, Json]] = {
        "the case": ("intake", f"/needs/{told.case_id}", {}),
        "the case in screening": ("screening", f"/cases/{told.case_id}", {}),
        "the referral": ("routing", f"/referrals/{told.referral_id}", {}),
        "the referrals": ("routing", "/referrals", {"case_id": told.case_id}),
        "the volunteer": ("registry", f"/volunteers/{told.volunteer_id}", {}),
        "the volunteers": ("registry", "/volunteers", {"province": PROVINCE, "limit": 200}),
        "the record": ("reporting", f"/people/{told.person_ref}/record", {}),
    }
    for form, of in forms(told).items():
        for suffix in FORMATS:
            asked[f"{form}.{suffix}"] = ("reporting", f"/reports/{form}.{suffix}", of)
    return {what: _text(api, *where) for what, where in asked.items()}


def submitted(api: Api, told: Told) -> dict[str, str]:
    """The same for what was submitted."""
    return {
        f"submitted {form}.{suffix}": _text(api, "reporting", f"/reports/{form}.{suffix}", {**of, "view": "submitted"})
        for form, of in forms(told).items()
        for suffix in FORMATS
    }


def _text(api: Api, service: str, path: str, query: Json) -> str:
    answer = api.get(service, path, query)
    assert answer.status_code == 200, (path, answer.text)
    return answer.text


def everywhere(api: Api, told: Told) -> dict[str, str]:
    return shown(api, told) | submitted(api, told)


def numbers(api: Api, told: Told) -> Json:
    """What must not change: rows, counts, hashes, statuses."""
    found: Json = {}
    for form, of in forms(told).items():
        for view in ("live", "submitted"):
            report = api.shown("reporting", f"/reports/{form}", {**of, "view": view})
            rows = [{name: row[name] for name in row if name not in ("name", "citizen_id")} for row in report["rows"]]
            found[f"{form} {view}"] = (report["hash"], report["persons"], report["revision"], rows)
        found[f"{form} revisions"] = api.shown("reporting", f"/reports/{form}/revisions", of)
    found["totals"] = api.shown("reporting", "/totals", {"month": MONTH, "province": PROVINCE})
    found["funnel"] = api.shown("reporting", "/funnel", {"fiscal_year": 2562, "province": PROVINCE})
    found["case"] = api.case(told.case_id)["status"]
    return found


def until(ask: Callable[[], dict[str, str]], told: Told) -> float:
    """Until none of the person's words is in any of the texts; how long it took."""
    began = time.monotonic()
    left: list[str] = []

    def gone() -> bool:
        left[:] = [f"{word} in {what}" for what, text in ask().items() for word in told.words if word in text]
        return not left

    assert wait_until(gone, FORGOTTEN_SECONDS, every=0.2), left
    return time.monotonic() - began


def test_a_forgotten_person_is_gone_everywhere_within_ten_seconds_and_every_number_stays(api: Api) -> None:
    told = tell(api)
    before = numbers(api, told)
    names = [what for what, text in everywhere(api, told).items() if told.citizen["first_name"] in text]
    assert len(names) == len(everywhere(api, told)) - 1, "all but screening show the name"
    document = {"id_kind": "thai", "citizen_id": told.citizen["citizen_id"]}
    answer = api.do("intake", "/people/forget", {**document, **BECAUSE})
    assert answer.body == {"person_ref": told.person_ref}
    until(lambda: everywhere(api, told), told)
    assert numbers(api, told) == before
    rows = api.shown("reporting", "/reports/sp12", {**forms(told)["sp12"], "view": "submitted"})["rows"]
    assert {(row["name"], row["citizen_id"]) for row in rows} == {("ลบข้อมูลตามคำขอ", None)}
    timeline = [entry["event"] for entry in api.until_told(told.case_id, "ReferralPersonForgotten")["timeline"]]
    assert timeline.count("ReferralPersonForgotten") == 2  # one for each agency
    assert api.do("intake", "/people/search", document).body == {"person_ref": None, "items": []}
    again = api.report(AREA, at=AT, citizen=told.citizen)
    assert not again["duplicate"]
    assert api.case(again["case_id"])["person_ref"] != told.person_ref


def test_what_was_put_right_is_shown_by_every_service_that_shows_cases_and_forms(api: Api) -> None:
    told = tell(api)
    before = numbers(api, told)
    document = {"id_kind": "thai", "citizen_id": new_citizen()["citizen_id"]}
    found = api.do("intake", "/people/search", {"id_kind": "thai", "citizen_id": told.citizen["citizen_id"]})
    assert [item["case_id"] for item in found["items"]] == [told.case_id]
    fields = {"last_name": f"{told.citizen['last_name']}ใหม่", **document}
    done = api.do("intake", f"/people/{found['person_ref']}/correct", {"fields": fields, **BECAUSE})
    assert api.do("intake", "/people/search", document)["person_ref"] == told.person_ref

    def put_right() -> bool:
        texts = [text for what, text in everywhere(api, told).items() if "screening" not in what and "volunteer" not in what]
        return all(fields["last_name"] in text and document["citizen_id"] in text for text in texts)

    api.shown("reporting", f"/people/{told.person_ref}/record", after=done.position)
    assert wait_until(put_right, api.follow_seconds)
    assert numbers(api, told) == before


def test_a_worker_that_is_killed_while_somebody_is_to_be_forgotten_finishes_when_it_is_back(stack: LocalStack, api: Api) -> None:
    told = tell(api)
    killed = {program: stack.pid(program) for program in ("intake-worker", "routing-worker")}
    os.kill(killed["intake-worker"], signal.SIGKILL)
    api.do("intake", "/people/forget", {"person_ref": told.person_ref, **BECAUSE})
    os.kill(killed["routing-worker"], signal.SIGKILL)
    for program, pid in killed.items():
        assert wait_until(partial(_started_again, stack, program, pid), BACK_SECONDS), program
    stack.wait_until_ready()
    until(lambda: everywhere(api, told), told)
    api.until_told(told.case_id, "ReferralPersonForgotten")
    said = stack.command("service", "intake", "people", "reapply")
    assert "the vault still knew 0 of them" in said


def _started_again(stack: LocalStack, program: str, pid: int) -> bool:
    return stack.supervisor.states()[program].pid not in (0, pid)
