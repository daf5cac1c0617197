"""Who may ask, and how a refusal looks, on the running services. What exactly each service refuses is tested with the service."""

import re
from uuid import UUID, uuid4

import httpx

from tests.support.api_client import Api, Json, new_citizen, new_citizen_id, problem_of
from tests.support.local_stack import LocalStack

PROVINCE, AREA = "23", "230101"

# Who asks


def test_a_development_token_is_taken_everywhere_and_none_or_a_bad_one_nowhere(stack: LocalStack, api: Api) -> None:
    claims = {"sub": "somchai-0812345678", "roles": ["province_officer"], "provinces": [PROVINCE]}
    issued = api.do("registry", "/dev/tokens", claims)
    token = issued["access_token"]
    assert issued["expires_in"] > 0
    reads = {
        "registry": f"/coverage?province={PROVINCE}",
        "intake": "/needs?limit=1",
        "screening": "/queue?limit=1",
        "routing": "/referrals?limit=1",
        "reporting": "/totals?month=2017-05",
    }
    for service, path in reads.items():
        assert api.get(service, path, token=token).status_code == 200
        problem_of(httpx.get(stack.url(service) + path, trust_env=False), 401, "unauthorized")
        bad_ones = ["x", token[:-4] + "AAAA", token.split(".")[0] + "..", f"{token} {token}", token + "A" * 100_000]
        for header in ("", "Bearer", f"Basic {token}", token, *(f"Bearer {bad}" for bad in bad_ones)):
            answer = api.ask("GET", service, path, headers={"Authorization": header})
            problem_of(answer, 401, "unauthorized")
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    case_id = api.do("intake", "/needs", _tipoff(), token=token)["case_id"]
    (entry,) = [entry for entry in api.case(case_id)["timeline"] if entry["event"] == "NeedReported"]
    assert UUID(entry["by"])  # opaque: the subject is nobody else's business
    assert "somchai" not in str(api.case(case_id))


def test_a_bad_token_is_refused_before_anything_else_is_looked_at(api: Api) -> None:
    bad = {"Authorization": "Bearer x", "Content-Type": "text/plain"}
    problem_of(api.ask("POST", "intake", "/needs", content=b"{", headers=bad), 401, "unauthorized")
    problem_of(api.ask("POST", "intake", f"/needs/{uuid4()}/withdraw", content=b"{", headers=bad), 401, "unauthorized")


def test_the_same_key_of_two_callers_is_two_keys(api: Api) -> None:
    tokens = [api.token("province_officer", sub=sub) for sub in ("a", "b")]
    key = str(uuid4())
    cases = {api.do("intake", "/needs", _tipoff(), token=token, key=key)["case_id"] for token in tokens}
    assert len(cases) == 2


def _tipoff() -> Json:
    return {"kind": "tipoff_women_labour", "area_code": AREA}


# How refusals look


def test_every_refusal_is_a_problem_with_its_code(api: Api) -> None:
    case_id = api.report(AREA)["case_id"]
    withdraw = f"/needs/{case_id}/withdraw"
    json = {"Content-Type": "application/json"}

    def post(path: str, content: bytes, **headers: str) -> httpx.Response:
        return api.ask("POST", "intake", path, content=content, headers={**json, **headers})

    problem_of(post("/needs", b"{"), 400, "invalid_json")
    problem_of(post("/needs", b'{"kind": "\xff"}'), 400, "invalid_json")
    problem_of(post("/needs", b"{}", **{"Songtor-Now": "tomorrow"}), 400, "invalid_now")
    problem_of(post("/needs", b"{}", **{"Idempotency-Key": "k" * 201}), 400, "idempotency_key_too_long")
    problem_of(post("/needs", b" " * (64 * 1024 + 1)), 413, "body_too_large")
    problem_of(post("/needs", b"{}", **{"Content-Type": "text/plain"}), 415, "unsupported_media_type")
    for unknown in (str(uuid4()), "1", "%00", "'; DROP TABLE events; --"):
        problem_of(post(f"/needs/{unknown}/withdraw", b"{}"), 404, "not_found")
    problem_of(api.get("intake", "/nowhere"), 404, "not_found")
    problem_of(api.ask("DELETE", "intake", "/needs"), 405, "method_not_allowed")
    problem_of(api.ask("GET", "intake", withdraw), 405, "method_not_allowed")
    faults = problem_of(post("/needs", b'{"kind": 1, "area_code": "999999", "extra": 1}'), 422, "invalid")["errors"]
    assert {(fault["pointer"], fault["code"]) for fault in faults} >= {
        ("/kind", "invalid"),
        ("/area_code", "unknown_place"),
        ("/extra", "unknown_field"),
    }
    problem_of(api.get("intake", "/needs", {"limit": 0}), 422, "invalid")
    problem_of(api.get("intake", "/needs", {"cursor": "x"}), 422, "invalid")
    problem_of(api.get("intake", "/needs", after="x"), 422, "invalid")
    api.do("intake", withdraw, {"reason": "ได้งานแล้ว"})
    problem_of(api.post("intake", withdraw, {"reason": "อีกครั้ง"}), 409, "wrong_state")


def test_no_answer_repeats_an_id_a_name_or_a_phone(api: Api) -> None:
    citizen = new_citizen(first_name="ชื่อที่ไม่ควรเห็น", phone="099-999-9999")
    wrong = citizen | {"citizen_id": citizen["citizen_id"][:-1] + str((int(citizen["citizen_id"][-1]) + 1) % 10)}
    body = {"kind": "welfare", "area_code": AREA, "citizen": wrong, "worker_type": "informal", "consent": True}
    bodies = [body, body | {wrong["citizen_id"]: 1}, body | {"citizen": wrong | {wrong["citizen_id"]: wrong["citizen_id"]}}]
    bodies += [body | {"kind": wrong["citizen_id"]}, body | {"reported_at": wrong["phone"]}, body | {"citizen": [wrong]}]
    for bad in bodies:
        answer = api.post("intake", "/needs", bad)
        assert answer.status_code == 422
        for personal in (wrong["citizen_id"], "ชื่อที่ไม่ควรเห็น", "099-999-9999"):
            assert personal not in answer.text
    query = {"province": wrong["citizen_id"], "volunteer_id": wrong["citizen_id"], "status": "ชื่อที่ไม่ควรเห็น"}
    assert not re.search(r"\d{13}|ชื่อที่", api.get("intake", "/needs", query).text)
    assert wrong["citizen_id"] not in api.get("intake", f"/needs/{new_citizen_id()}").text
