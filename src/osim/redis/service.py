"""A grading service for trials at home, as 2017 had it.

``python -m osim.redis.service --port 6379 --seed_map 11,22,33`` serves one run and prints what came of it.
"""

from __future__ import annotations

import argparse
import secrets
import sys
from typing import Any
from urllib.parse import quote

from myorun.challenge.answers_2017 import result_document
from myorun.challenge.redis.grader import RedisGrader
from myorun.challenge.redis.local import service_id_of_environment
from myorun.challenge.redis.messages import ERROR, SUBMIT, response_type
from myorun.challenge.trial import TrialRun, trial_plan
from myorun.challenge.verdict import Hooks
from myorun.errors import MyorunError, UsageError


class OsimRlRedisService:
    """Serves one run; the settings are those of 2017's class, where they still mean something.

    Args:
        osim_rl_redis_service_id: names the command list.
        seed_map: of the courses, as "11,22,33"; by default one that is drawn.
        max_steps: of a simulation.
        remote_host: of the Redis.
        remote_port: of the Redis.
        remote_db: number of the database.
        remote_password: of the Redis, if it has one.
        difficulty: of the courses, 0 to 2.
        max_obstacles: of a course, 0 to 20.
        visualize: refused where true: a service shows nothing.
        verbose: print every course.
    """

    def __init__(
        self,
        osim_rl_redis_service_id: str = "osim_rl_redis_service_id",
        seed_map: str | bool = False,
        max_steps: int = 1000,
        remote_host: str = "127.0.0.1",
        remote_port: int = 6379,
        remote_db: int = 0,
        remote_password: str | None = None,
        difficulty: int = 2,
        max_obstacles: int = 10,
        visualize: bool = False,
        verbose: bool = False,
    ) -> None:
        if visualize:
            raise UsageError("visualize is True; a service shows nothing: watch an agent with myorun run")
        secret = f":{quote(remote_password, safe='')}@" if remote_password else ""
        url = f"redis://{secret}{remote_host}:{remote_port}/{remote_db}"
        plan = trial_plan(_seeds(seed_map), difficulty=difficulty, max_obstacles=max_obstacles)
        hooks = Hooks(tell=print, progress=_Courses() if verbose else lambda _: None)
        self._grader = RedisGrader(url, TrialRun(plan, max_steps), osim_rl_redis_service_id, hooks=hooks)

    def run(self) -> dict[str, Any]:
        """Serve until the run is over: ``{"type", "payload"}`` of the last answer, an error where it failed."""
        verdict = self._grader.serve()
        if verdict.status != "finished" or verdict.result is None:
            return {"type": ERROR, "payload": f"{verdict.status}: {verdict.message}"}
        return {"type": response_type(SUBMIT), "payload": result_document(verdict.result, verdict.times)}


class _Courses:
    """Prints a line where a course begins."""

    def __init__(self) -> None:
        self._course = 0

    def __call__(self, progress: Any) -> None:
        if progress.course != self._course:
            self._course = progress.course
            print(progress)


def _seeds(seed_map: str | bool) -> list[int]:
    if not seed_map:
        return [secrets.randbelow(10**10)]
    try:
        return [int(word) for word in str(seed_map).split(",")]
    except ValueError:
        raise UsageError(f"seed_map is {seed_map!r}; it must be whole numbers with commas between") from None


def main() -> None:
    """The command line of 2017."""
    parser = argparse.ArgumentParser(
        description="Serve one run over Redis. More settings: myorun challenge redis-grade"
    )
    parser.add_argument("--port", type=int, default=6379, help="of the Redis")
    parser.add_argument("--seed_map", default="11,22,33", help="seeds of the courses, with commas between")
    words = parser.parse_args()
    try:
        service = OsimRlRedisService(service_id_of_environment(), words.seed_map, remote_port=words.port, verbose=True)
        result = service.run()
    except MyorunError as error:
        sys.exit(f"error: {error}")
    if result["type"] == ERROR:
        sys.exit(f"the evaluation failed: {result['payload']}")
    print(f"result: {result['payload']}")


if __name__ == "__main__":
    main()
