"""A log that programs read has one JSON object a line."""

from __future__ import annotations

import json
import logging
import sys

from myorun.challenge.logs import JsonLines


def line_of(message: str, *words: object, **more: object) -> dict[str, object]:
    record = logging.LogRecord("test", logging.WARNING, "file.py", 1, message, words, more.get("exc_info"))  # type: ignore[arg-type]
    text = JsonLines().format(record)
    assert "\n" not in text
    found = json.loads(text)
    assert found.pop("time").endswith("+00:00") and found.pop("level") == "warning"
    return dict(found)


def test_an_object_stays_one_and_words_become_one() -> None:
    assert line_of('{"route": "/v2/runs", "status": 201}') == {"route": "/v2/runs", "status": 201}
    assert line_of("submission %d\nis over", 7) == {"message": "submission 7\nis over"}
    assert line_of("[1]") == {"message": "[1]"}


def test_a_traceback_is_part_of_its_line() -> None:
    try:
        raise KeyError("lost")
    except KeyError:
        [key, text] = line_of("a defect", exc_info=sys.exc_info()).items()
    assert key[1] == "a defect" and text[0] == "traceback" and "KeyError: 'lost'" in str(text[1])
