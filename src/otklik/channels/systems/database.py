"""One question to a database: one SELECT in a transaction that may only read, of one row.

The server itself is told how long it may work and how much it may say, so that a careless statement costs
neither side much.
"""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from otklik import database
from otklik.channels.systems.egress import place_of
from otklik.channels.systems.failures import AskFailed
from otklik.channels.systems.web import read_json
from otklik.flows.look_ups import Question
from otklik.flows.nodes.lookup import numbered, parameters_in
from otklik.organization.model import System

USUAL_PORT = 5432


async def ask_database(system: System, question: Question, secret: str, *, seconds: float) -> Any:
    """The row as an object by column, None where there is none. secret: the address with its password.
    Raises AskFailed."""
    address = urlsplit(secret.strip())
    if address.scheme not in ("postgresql", "postgres") or not address.hostname:
        raise AskFailed("secret_unfit")
    try:
        port = address.port or USUAL_PORT
    except ValueError as error:
        raise AskFailed("secret_unfit") from error
    named = parse_qs(address.query)
    if "host" in named or "port" in named:
        # Would lead past what is looked at here.
        raise AskFailed("secret_unfit")
    place = await place_of(address.hostname, port, (*system.allowed_hosts,))
    if named.get("sslmode", [""])[0] == "verify-full":
        # The certificate says who it is; it names the host, not its address.
        place = address.hostname
    values = [question.fields.get(name, "") for name in parameters_in(question.statement)]
    try:
        row = await database.read_one(
            secret.strip(),
            place,
            port,
            numbered(question.statement),
            values,
            seconds=seconds,
            most_characters=system.largest_answer,
        )
    except database.ValueUnfit as error:
        raise AskFailed("parameter_unfit") from error
    except database.StatementRefused as error:
        raise AskFailed("statement_refused") from error
    except database.AWAY as error:
        raise AskFailed("connect_failed") from error
    if row is None:
        return None
    if len(row) > system.largest_answer:
        raise AskFailed("too_large")
    return read_json(row.encode())
