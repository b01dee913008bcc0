"""The messages of 2017's Redis interface, as they lie in the lists: JSON objects in UTF-8.

A command is ``{"type", "payload", "response_channel"}``; its answer, ``{"type", "payload"}``, goes into the list that
the command names. A command may carry ``"request"``, a text of its sender's choice: sent again with the same text, it
gets the same answer and is not carried out twice. Clients of 2017 know nothing of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from myorun.challenge.refusals import RefusedError, TooLargeError

NAMESPACE = "osim-rl"
SERVICE_ID = "osim_rl_redis_service_id"  # by default; also the environment variable that names another

PING = "OSIM_RL.PING"
PONG = "OSIM_RL.PONG"
CREATE = "OSIM_RL.ENV_CREATE"
RESET = "OSIM_RL.ENV_RESET"
STEP = "OSIM_RL.ENV_STEP"
SUBMIT = "OSIM_RL.ENV_SUBMIT"
ERROR = "OSIM_RL.ERROR"
COMMANDS = (PING, CREATE, RESET, STEP, SUBMIT)

MOST_BYTES = 65_536  # of a command; an honest one has less than 1,000
_LONGEST_NAME = 200  # characters of a response channel and of a request's name


@dataclass(frozen=True)
class Command:
    """What a client wants. ``problem`` says why it cannot have it: then only the channel is to be trusted."""

    channel: str | None  # None: nobody can be told
    type: str = ""
    payload: dict[str, Any] | None = None
    request: str | None = None
    problem: RefusedError | None = None


def command_list(service_id: str) -> str:
    """The list into which clients of a service push."""
    return f"{NAMESPACE}::{service_id}::commands"


def response_type(command: str) -> str:
    """The type of the answer to a command."""
    return PONG if command == PING else f"{command}_RESPONSE"


def answer_text(kind: str, payload: Any) -> str:
    """An answer as JSON; numbers of 64 bits come back from it to the bit."""
    return json.dumps({"type": kind, "payload": payload}, allow_nan=False)


# ---------------------------------------------------------------- reading


def read_command(raw: bytes) -> Command:
    """What a client pushed; never raises, whatever it is."""
    try:
        words = _object(raw)
        channel = _channel(words)
    except RefusedError as error:
        return Command(None, problem=error)
    try:
        return Command(channel, _type(words), _payload(words), _request(words))
    except RefusedError as error:
        return Command(channel, problem=error)


def _object(raw: bytes) -> dict[str, Any]:
    if len(raw) > MOST_BYTES:
        raise TooLargeError(f"a command of {len(raw)} bytes; it must have at most {MOST_BYTES}")
    try:
        words = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        raise RefusedError("a command that is no JSON") from None
    if not isinstance(words, dict):
        raise RefusedError("a command that is no JSON object")
    return words


def _channel(words: dict[str, Any]) -> str:
    name = words.get("response_channel")
    if not isinstance(name, str) or not _is_name(name):
        raise RefusedError(f"a command without response_channel, a printable text of 1 to {_LONGEST_NAME} characters")
    if name.startswith(f"{NAMESPACE}::") and name.endswith("::commands"):
        raise RefusedError("a command whose response_channel is the command list of a service")
    return name


def _type(words: dict[str, Any]) -> str:
    kind = words.get("type")
    if kind not in COMMANDS:
        raise RefusedError(f"the type must be one of {', '.join(COMMANDS)}")
    return str(kind)


def _payload(words: dict[str, Any]) -> dict[str, Any]:
    payload = words.get("payload")
    if payload is None:
        return {}
    if not isinstance(payload, dict):
        raise RefusedError("the payload must be a JSON object")
    return payload


def _request(words: dict[str, Any]) -> str | None:
    name = words.get("request")
    if name is not None and not _is_name(name):
        raise RefusedError(f"request must be a printable text of 1 to {_LONGEST_NAME} characters")
    return name


def _is_name(value: Any) -> bool:
    """Printable text is also free of what UTF-8 cannot hold."""
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_NAME and value.isprintable()
