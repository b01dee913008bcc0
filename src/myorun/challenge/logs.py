"""What a server or worker says while it runs: plain lines for people, or a JSON object a line for programs."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any


def set_up_logging(level: int, *, as_json: bool = False) -> None:
    """Log to the standard error from ``level`` on; of others' packages only what is worth a look."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if as_json else logging.Formatter("%(asctime)s %(message)s"))
    logging.basicConfig(level=level, handlers=[handler])
    for noisy in ("alembic", "huey", "uvicorn.error"):  # uvicorn.error also tells the paths of WebSockets
        logging.getLogger(noisy).setLevel(logging.WARNING)


class JsonLines(logging.Formatter):
    """A record as one JSON object: its time and level, and what it says, as it is if that is an object already."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, whatever is in it."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        words = {"time": moment, "level": record.levelname.lower(), **_fields(record.getMessage())}
        if record.exc_info:
            words["traceback"] = self.formatException(record.exc_info)
        return json.dumps(words)


def _fields(text: str) -> dict[str, Any]:
    try:
        words = json.loads(text)
    except ValueError:
        words = None
    return words if isinstance(words, dict) else {"message": text}
