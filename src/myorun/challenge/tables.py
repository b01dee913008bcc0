"""The ledger's tables. Times are seconds since 1970, UTC; secrets are kept as digests only."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_Id = BigInteger().with_variant(Integer, "sqlite")

# ---------------------------------------------------------------- people

teams = Table(
    "teams",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("name", String(64), nullable=False),
    Column("name_key", String(128), nullable=False, unique=True),  # the name, case folded
    Column("created_at", Float, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("name", String(64), nullable=False),
    Column("name_key", String(128), nullable=False, unique=True),
    Column("password", String(255)),  # argon2id; none: signs in by token only
    Column("organiser", Boolean, nullable=False, default=False),
    Column("team_id", _Id, ForeignKey("teams.id"), nullable=False, index=True),
    Column("created_at", Float, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("user_id", _Id, ForeignKey("users.id"), nullable=False, index=True),
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    Column("hint", String(16), nullable=False),  # its first characters, to tell tokens apart
    Column("label", String(64), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("revoked_at", Float),
)

web_sessions = Table(
    "web_sessions",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("user_id", _Id, ForeignKey("users.id"), nullable=False, index=True),
    Column("expires_at", Float, nullable=False),
)

invitations = Table(
    "invitations",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("team_id", _Id, ForeignKey("teams.id")),  # none: an invitation to sign up
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("used_by", _Id, ForeignKey("users.id")),
)

# ---------------------------------------------------------------- runs

plans = Table(
    "plans",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("stage", String(32), nullable=False),
    Column("engine", String(32), nullable=False),
    Column("document", Text, nullable=False),  # JSON, with the hidden seeds
    Column("created_at", Float, nullable=False),
    UniqueConstraint("stage", "engine"),
)

HTTP_2017 = "2017"  # protocol of the runs that an instance id opens, without a token
CONTAINER = "container"  # protocol of the runs of agents that were handed in

runs = Table(
    "runs",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("key_digest", LargeBinary(32), nullable=False, unique=True),  # of the instance id of 2017's interface
    Column("plan_id", _Id, ForeignKey("plans.id"), nullable=False),
    Column("stage", String(32), nullable=False),
    Column("team_id", _Id, ForeignKey("teams.id"), nullable=False),
    Column("user_id", _Id, ForeignKey("users.id"), nullable=False),
    Column("protocol", String(16), nullable=False),
    Column("client", String(64), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("deadline_at", Float, nullable=False),
    Column("charged_at", Float),  # at the first step; none: not charged
    Column("finished_at", Float),  # none: open
    Column("ended_by", String(16)),  # "client", "deadline", "refund"
    Column("score", Float),
    Column("digest", LargeBinary(32)),  # seal of the last event
    Index("ix_runs_stage_score", "stage", "score"),
    Index("ix_runs_team_id_stage", "team_id", "stage"),
    Index("ix_runs_finished_at_deadline_at", "finished_at", "deadline_at"),
)

events = Table(
    "events",
    metadata,
    Column("run_id", _Id, ForeignKey("runs.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("kind", Integer, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("at", Float, nullable=False),
    sqlite_with_rowid=False,
)

course_results = Table(
    "course_results",
    metadata,
    Column("run_id", _Id, ForeignKey("runs.id"), primary_key=True),
    Column("course", Integer, primary_key=True),
    Column("score", Float, nullable=False),
    Column("steps", Integer, nullable=False),
    Column("distance", Float, nullable=False),
    Column("ending", String(16), nullable=False),
)

# ---------------------------------------------------------------- agents that were handed in

submissions = Table(
    "submissions",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("stage", String(32), nullable=False),
    Column("team_id", _Id, ForeignKey("teams.id"), nullable=False),
    Column("user_id", _Id, ForeignKey("users.id"), nullable=False),
    Column("image", String(400), nullable=False),
    Column("run_id", _Id, ForeignKey("runs.id"), nullable=False, index=True),  # the last that was begun
    Column("created_at", Float, nullable=False),
    Column("status", String(16), nullable=False),
    Column("attempt", Integer, nullable=False),  # how often it was begun; the number also fences off lost workers
    Column("cancel", Boolean, nullable=False),  # its owner asks for it
    Column("worker", String(100)),
    Column("lease_until", Float),  # of the worker; after that the submission is anybody's
    Column("started_at", Float),
    Column("ended_at", Float),
    Column("course", Integer, nullable=False),  # from 1, while it runs
    Column("step", Integer, nullable=False),
    Column("score", Float),  # while it runs: as it stands
    Column("fault", String(16)),  # "agent", "grader"
    Column("message", String(500), nullable=False),
    Column("line", String(500), nullable=False),  # of the agent's log
    Column("log", Text, nullable=False),
    Index("ix_submissions_status_id", "status", "id"),
    Index("ix_submissions_team_id_stage", "team_id", "stage"),
)

# ---------------------------------------------------------------- the house

attempts = Table(
    "attempts",
    metadata,
    Column("key", LargeBinary(32), primary_key=True),  # digest of what is counted, and whose
    Column("empty_at", Float, nullable=False, index=True),
)

pulse = Table(
    "pulse",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("at", Float, nullable=False),  # when a server was last alive
)
