"""Types and limits of the entries of recipes."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

MAX_SEED = 2**63 - 1
MAX_REPLICAS = 100_000
MAX_UNITS = 100_000
"""Largest values accepted; seeds are stored as 64-bit integers."""

STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)
# Numbers are strict: `true` is no number, and "5" no 5.
Count = Annotated[int, Field(ge=1, le=2**31 - 1, strict=True)]
Number = Annotated[int, Field(ge=0, le=2**31 - 1, strict=True)]
Units = Annotated[int, Field(ge=1, le=MAX_UNITS, strict=True)]
Seed = Annotated[int, Field(ge=0, le=MAX_SEED, strict=True)]
Positive = Annotated[float, Field(gt=0, strict=True)]
Cost = Annotated[float, Field(ge=0, strict=True)]
Share = Annotated[float, Field(ge=0, le=1, strict=True)]
