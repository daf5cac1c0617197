"""The informal-worker database of a story, loaded into the stack's vault as its operator would load the ministry's."""

from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.local.failures import StackError
from deploy.local.player.listed import listed
from deploy.local.player.plan import plan
from deploy.local.player.story import Story
from deploy.local.service_command import run_command


def load_roster(data: Path, story: Story) -> None:
    """Before the story is played, because help is looked up when it is recorded. The same story again changes nothing. Raises
    StackError."""
    if story.roster is None:
        return
    numbers = listed(story, plan(story))
    with TemporaryDirectory(prefix="songtor-roster-") as directory:
        path = Path(directory) / f"{story.name}.csv"
        path.write_text("".join(f"{number}\n" for number in ["citizen_id", *numbers]), encoding="utf-8")
        if run_command(data, "routing", ["roster", "load", str(path), "--edition", story.roster.edition]) != 0:
            raise StackError(f"the informal-worker database of the story {story.name} could not be loaded")
