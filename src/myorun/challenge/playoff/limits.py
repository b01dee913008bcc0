"""What a submitted container may use, and where it runs: the table ``[playoff]`` of ``challenge.toml``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MiB = 1024 * 1024

_Registry = Annotated[str, Field(pattern=r"^[a-z0-9.-]+(:[0-9]{1,5})?(/[a-z0-9._-]+)*$", max_length=200)]


class Playoff(BaseModel):
    """The organiser's choices; what is left out has a sensible value."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    # the engine
    engine: str = Field(default="auto", max_length=200)  # address of its API; "auto": Podman's or Docker's own place
    runtime: str = Field(default="", max_length=64)  # OCI runtime, such as "runsc"; "": the engine's
    user_namespace: Literal["auto", "engine"] = "auto"  # "auto": ids of their own where the engine is Podman
    redis_image: str = Field(default="auto", max_length=300)  # "auto": this machine's redis-server, else the registry's
    scratch: str = Field(default="", max_length=200)  # folder for sockets of runs; "": the system's temporary one

    # an agent
    memory_mb: int = Field(default=4096, ge=64, le=1_048_576)
    cpus: float = Field(default=2.0, ge=0.1, le=256.0)
    processes: int = Field(default=256, ge=8, le=32_768)  # threads included
    scratch_mb: int = Field(default=256, ge=1, le=1_048_576)  # of /tmp, in memory
    log_kb: int = Field(default=256, ge=1, le=16_384)  # kept of what it prints

    # its time
    command_seconds: float = Field(
        default=120.0, gt=0.0, le=86_400.0
    )  # of silence: to the first command and between two
    run_minutes: float = Field(default=120.0, gt=0.0, le=100_000.0)  # in all

    # its image
    archive_mb: int = Field(default=4096, ge=1, le=1_048_576)  # as it is uploaded
    unpacked_mb: int = Field(default=12_288, ge=1, le=4_194_304)  # as it lies on disk
    store_mb: int = Field(default=204_800, ge=1, le=1_000_000_000)  # all archives that are kept
    files: int = Field(default=400_000, ge=1, le=100_000_000)
    registries: tuple[_Registry, ...] = Field(default=(), max_length=100)  # from which images may be named instead
