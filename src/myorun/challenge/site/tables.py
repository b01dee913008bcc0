"""The leaderboard as visitors ask for it: searched, sorted, page by page."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from myorun.challenge import ranking
from myorun.challenge.ranking import Place

PAGE = 50  # lines
_SORTS: dict[str, Callable[[Place], Any]] = {
    "rank": lambda place: place.rank,
    "team": lambda place: place.submission.team.casefold(),
    "submissions": lambda place: -place.submissions,
    "date": lambda place: -place.submission.finished_at,
}


@dataclass(frozen=True)
class Wish:
    """How a visitor wants to see it."""

    search: str = ""
    sort: str = "rank"
    page: int = 1

    @classmethod
    def of(cls, query: Any) -> Wish:
        """From an address; what makes no sense is left out."""
        sort = query.get("sort", "rank")
        page = query.get("page", "1")
        return cls(
            search=query.get("q", "")[:64],
            sort=sort if sort in _SORTS else "rank",
            page=max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 10 else 1,
        )


@dataclass(frozen=True)
class Page:
    """What is shown."""

    places: Sequence[Place]
    number: int
    pages: int
    found: int


def page_of(places: Sequence[Place], wish: Wish) -> Page:
    """The lines that a wish is about."""
    needle = wish.search.strip().casefold()
    found = [place for place in places if needle in place.submission.team.casefold()]
    found.sort(key=_SORTS[wish.sort])
    pages = max(1, -(-len(found) // PAGE))
    number = min(wish.page, pages)
    return Page(found[PAGE * (number - 1) : PAGE * number], number, pages, len(found))


def as_csv(places: Sequence[Place]) -> str:
    """One line a team. A name that a spreadsheet would compute is quoted."""
    stream = io.StringIO()
    columns = ("rank", "team", "score", "submission", "submitted", "submissions", "course_scores")
    writer = csv.DictWriter(stream, columns)
    writer.writeheader()
    for place in places:
        record = ranking.as_record(place)
        record["course_scores"] = " ".join(map(repr, record["course_scores"]))
        record["team"] = f"'{record['team']}" if record["team"][0] in "=+-@\t" else record["team"]
        writer.writerow(record)
    return stream.getvalue()
