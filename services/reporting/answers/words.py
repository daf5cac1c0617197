"""Words that many answers share."""

from typing import Annotated

from pydantic import Field

Province = Annotated[str, Field(pattern="^[0-9]{2}$", description="2-digit code.")]
Period = Annotated[str, Field(pattern="^[0-9]{4}-[0-9]{2}$", description="A month in the common era.")]
Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0)]
