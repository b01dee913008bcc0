"""The rules of a challenge and its stages, as the organiser writes them: ``challenge.toml``."""

from __future__ import annotations

import os
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from myorun.challenge.playoff.limits import Playoff
from myorun.course import MAX_OBSTACLES, MAX_SEED
from myorun.errors import UsageError
from myorun.task import RULES

FILE = "challenge.toml"
LEDGER = "ledger.sqlite3"
MAX_COURSES = 100

Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]
Audience = Literal["everyone", "own", "closed"]  # "closed": everyone, once the stage has closed; own until then


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Stage(_Table):
    """One round with its courses, limits and ranking."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")  # in addresses
    agents: Literal["remote", "containers"] = "remote"  # where they run: with their owners, or here, in containers
    title: str = Field(default="", max_length=80)
    opens: datetime  # with time zone
    closes: datetime
    courses: int = Field(default=3, ge=1, le=MAX_COURSES)  # how many; their seeds are drawn, unless given
    seeds: tuple[Seed, ...] = Field(default=(), max_length=MAX_COURSES, repr=False)
    difficulty: int = Field(default=2, ge=0, le=2)
    max_obstacles: int = Field(default=3, ge=0, le=MAX_OBSTACLES)
    accuracy: str = "fast"
    quota: int = Field(default=5, ge=1, le=1_000_000)  # submissions of a team in the window
    window_hours: float = Field(default=24.0, ge=0.0, le=1e6)  # 0: the whole stage
    parallel: int = Field(default=2, ge=1, le=10_000)  # open runs of a team at a time
    time_limit_minutes: float = Field(default=120.0, gt=0.0, le=1e5)
    counts: Literal["best", "last"] = "best"
    ties: Literal["earlier", "shared"] = "earlier"
    qualifying_stage: str | None = None
    qualifying_score: float = 0.0
    baseline: float | None = None  # a line in the plot
    results: Audience = "everyone"
    replays: Audience = "everyone"

    @field_validator("opens", "closes")
    @classmethod
    def _has_zone(cls, moment: datetime) -> datetime:
        if moment.tzinfo is None:
            raise ValueError("it must name its time zone, such as 2026-12-01T12:00:00Z")
        return moment

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.closes <= self.opens:
            raise ValueError(f"stage {self.name!r} closes before it opens")
        return self

    @property
    def label(self) -> str:
        """What people read."""
        return self.title or self.name

    @property
    def window(self) -> float:
        """The quota's window [s]; infinite where the quota is for the whole stage."""
        return self.window_hours * 3600.0 if self.window_hours > 0.0 else float("inf")

    def is_open(self, now: float) -> bool:
        """Whether runs may begin at ``now`` [s since 1970]."""
        return self.opens.timestamp() <= now < self.closes.timestamp()

    def shows(self, audience: Audience, now: float, *, own: bool) -> bool:
        """Whether somebody may see what ``audience`` (``results`` or ``replays``) guards."""
        return own or audience == "everyone" or (audience == "closed" and now >= self.closes.timestamp())

    def shows_replays(self, now: float, *, own: bool) -> bool:
        """Whether somebody may see replays.

        They show courses, which later agents of a play-off meet, too: nobody sees them before it has closed, not even
        those of their own runs.
        """
        is_hidden = self.agents == "containers" and now < self.closes.timestamp()
        return not is_hidden and self.shows(self.replays, now, own=own)


class Settings(_Table):
    """A whole ``challenge.toml``."""

    name: str = Field(min_length=1, max_length=80)
    rules: str = "v1"
    sign_up: Literal["open", "invitation", "closed"] = "open"
    address: str = Field(default="", max_length=200)  # of the site, as participants type it; "" : as they came
    oldest_client: str = "1.5"  # of the 2017 client, osim-rl
    about: str = Field(default="", max_length=20_000)  # a text for the rules page
    stages: tuple[Stage, ...] = Field(min_length=1, max_length=50)
    playoff: Playoff = Playoff()

    @field_validator("rules")
    @classmethod
    def _known_rules(cls, version: str) -> str:
        if version not in RULES:
            raise ValueError(f"known rules are {', '.join(RULES)}")
        return version

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [stage.name for stage in self.stages]
        if len(set(names)) < len(names):
            raise ValueError("two stages have the same name")
        for stage in self.stages:
            if stage.qualifying_stage is not None and stage.qualifying_stage not in names:
                raise ValueError(f"stage {stage.name!r} asks for a score in {stage.qualifying_stage!r}, which is none")
        return self

    def stage(self, name: str) -> Stage | None:
        """The stage of that name."""
        return next((stage for stage in self.stages if stage.name == name), None)

    def open_stages(self, now: float) -> list[Stage]:
        """Stages in which runs may begin, in the order of the file."""
        return [stage for stage in self.stages if stage.is_open(now)]


# ---------------------------------------------------------------- files


def load_settings(folder: str | Path) -> Settings:
    """The settings of a challenge's folder.

    :class:`UsageError` where there are none, or names the line's key, what it may be, and what it is.
    """
    file = Path(folder) / FILE
    try:
        words = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"there is no challenge in {str(folder)!r}; run: myorun challenge init {folder}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(
            f"{str(file)!r} cannot be read: {error}; mend it, or write a new one with: myorun challenge init"
        ) from None
    try:
        return Settings.model_validate(words)
    except ValidationError as error:
        raise UsageError(f"{str(file)!r}: {_first_problem(error)}") from None


def _first_problem(error: ValidationError) -> str:
    """Where and what, without the value: seeds must not end up on a screen."""
    problem = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(str(part) for part in problem["loc"]) or "the file"
    return f"{place}: {problem['msg']}"


def write_settings(folder: Path, name: str, now: datetime | None = None) -> Path:
    """A commented ``challenge.toml`` with one open stage of 2017's shape, readable by its owner only."""
    start = (now or datetime.now(UTC)).replace(microsecond=0)
    file = folder / FILE
    text = _TEMPLATE.format(
        name=name.replace("\\", "\\\\").replace('"', '\\"'),
        opens=_toml_time(start),
        closes=_toml_time(start + timedelta(days=90)),
    )
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    return file


def _toml_time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_TEMPLATE = """\
# The rules of this challenge. The server reads this file when it starts.

name = "{name}"
rules = "v1"              # of the task: "v1", or "2017-1.5" with the defect of that release
sign_up = "open"          # "open" | "invitation" (myorun challenge invite) | "closed" (myorun challenge user)
address = ""              # of the site as participants type it, such as "https://run.example.org"; "" as they came
oldest_client = "1.5"     # of osim-rl, the client of 2017
about = ""                # a text for the rules page

[[stages]]
name = "open"             # in addresses: a-z, 0-9, -
title = "Open stage"
opens = {opens}
closes = {closes}

courses = 3               # how many hidden courses; their seeds are drawn by the server and never leave it.
# seeds = [11, 22, 33]    # or choose them yourself (then keep this file to yourself)
difficulty = 2            # 0 flat, 1 obstacles, 2 also a psoas of another strength on each side
max_obstacles = 3         # 0 to 20
accuracy = "fast"         # of the engine

quota = 5                 # submissions of a team in any window_hours; charged at the first step
window_hours = 24         # 0: quota for the whole stage
parallel = 2              # open runs of a team at a time
time_limit_minutes = 120  # of a run; then it counts as it stands

counts = "best"           # "best" | "last" submission of a team
ties = "earlier"          # of equal scores the "earlier" ranks first | "shared" rank
# qualifying_stage = "…"  # needs qualifying_score in that stage
# qualifying_score = 15.0
# baseline = 4.5          # a line in the plot of scores
# agents = "containers"   # are handed in and run here: a play-off; see docs/playoff.md and the table [playoff]

results = "everyone"      # who sees scores: "everyone" | "closed" (everyone, when the stage has closed) | "own"
replays = "everyone"      # who sees replays: the same words
"""
