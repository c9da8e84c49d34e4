"""The emergency announcement."""

from typing import Annotated

from pydantic import Field

from otklik.api.schemas.base import Line, Moment, Schema, Seq


class EmergencySave(Schema):
    """What every customer who calls hears first, until a moment. ends_call: and that is all; else his call
    goes on as usual. note: what it is about, for those who work here."""

    prompt: Annotated[Line, Field(min_length=1)]
    until: Moment
    ends_call: bool = False
    note: Line = ""


class EmergencyRow(Schema):
    """is_on: customers hear it now. prompt "": nothing is set up."""

    is_on: bool
    prompt: str
    until: Moment | None
    ends_call: bool
    note: str
    seq: Seq | None = None
