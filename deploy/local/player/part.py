"""What all parts of a story's TOML file have in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

MonthText = Annotated[str, Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
DayOfMonth = Annotated[int, Field(ge=1, le=31)]
"""31 stands for the last day of any month."""


class Part(BaseModel):
    """A field that is not known is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)
