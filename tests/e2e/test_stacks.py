"""A second stack beside the first: its own data, keys and ports; stopped without a trace, and going on where it was."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import psutil  # type: ignore[import-untyped]  # it has no types
import pytest

from deploy.local.layout import all_offsets
from deploy.local.ports import taken
from tests.support.api_client import Api, new_citizen, problem_of
from tests.support.local_stack import LocalStack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(480)]

AREA, PROVINCE = "160101", "16"
SNB2 = {"province": PROVINCE, "month": "2016-05"}


@pytest.fixture
def second(stack: LocalStack) -> Iterator[LocalStack]:
    """Up, beside the first."""
    home = Path(mkdtemp(prefix="songtor-second-"))
    home.chmod(0o755)
    second = LocalStack(home / "data")
    try:
        second.up()
        yield second
    finally:
        second.run("down", "--purge")
        shutil.rmtree(home, ignore_errors=True)


def running_of(stack: LocalStack) -> list[str]:
    """Processes that name the stack's data directory, in their command or their environment."""
    data = str(stack.layout.data)
    return [str(process) for process in psutil.process_iter() if data in _told_of(process)]


def _told_of(process: psutil.Process) -> str:
    try:
        return " ".join([*process.cmdline(), *process.environ().values()])
    except (psutil.Error, OSError):
        return ""


def test_a_second_stack_has_nothing_in_common_with_the_first_and_goes_on_after_a_stop(second: LocalStack, api: Api) -> None:
    with Api(second) as there:
        case_id = there.report(AREA, at="2016-05-10T03:00:00Z", citizen=new_citizen(last_name="สองบ้าน"))["case_id"]
        there.decide(case_id, at="2016-05-11T03:00:00Z")
        help_ = there.help(there.referral(case_id)["referral_id"], "2016-05-12", at="2016-05-13T03:00:00Z")
        shown = there.shown("reporting", "/reports/snb2", SNB2, after=help_.position)
        assert [row["name"] for row in shown["rows"]] == ["นางสมใจ สองบ้าน"]
        token = there.token("province_officer")
        tip_off = there.report(AREA, "tipoff_job_scam", at="2016-05-14T03:00:00Z")["case_id"]
        assert there.referral(tip_off)

    problem_of(api.get("intake", f"/needs/{case_id}"), 404, "not_found")
    problem_of(api.get("intake", "/needs", token=token), 401, "unauthorized")
    assert api.shown("reporting", "/reports/snb2", SNB2)["rows"] == []

    assert len(running_of(second)) >= 12
    second.down()
    assert running_of(second) == []
    assert taken(second.port_base + offset for offset in all_offsets()) == []
    assert api.report(AREA)["status"] == "reported"

    second.up()
    with Api(second) as there:
        again = there.shown("reporting", "/reports/snb2", SNB2)
        assert again | {"as_of": None} == shown | {"as_of": None}
        assert there.case(case_id)["citizen"]["last_name"] == "สองบ้าน"
        assert there.get("intake", "/needs", token=token).status_code == 200
        new = there.report(AREA, "tipoff_job_scam")["case_id"]
        assert there.referral(new)["agency"] == "DOE"
        assert len(there.listed("routing", "/referrals", {"case_id": tip_off})) == 1
        there.until_caught_up()
    assert second.command("reconcile").endswith("✓ all agree\n")
