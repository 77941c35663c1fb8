"""What every part of an artifact is, and the quantities that many of them have."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Rows = Annotated[int, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]


class Part(BaseModel):
    """A part of an artifact: nothing unknown, nothing infinite, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
