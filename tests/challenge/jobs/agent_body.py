"""The body of a job as the tests have it: a Redis of its own and an agent of 2017 as a process, no container.

As a program: a worker. ``agent_body.py FOLDER LEASE [GATE]``
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from challenge.redis_server import Server
from myorun.challenge.redis.grader import Limits, RedisGrader
from myorun.challenge.server import work
from myorun.challenge.submissions import Submission
from myorun.challenge.verdict import GradedRun, Hooks, Progress, Verdict
from started import PATIENCE

AGENT = Path(__file__).parent.parent / "redis" / "agent_2017.py"


class AgentProcess:
    """Grades a submission whose image is the level of its agent's constant excitations.

    ``gate``: a file that a run waits for after its first step.
    """

    def __init__(self, gate: Path | None = None) -> None:
        self._gate = gate

    def ready(self) -> bool:
        return True

    def __call__(self, submission: Submission, run: GradedRun, hooks: Hooks) -> tuple[Verdict, str]:
        hooks.phase("starting")
        with tempfile.TemporaryDirectory() as folder:
            server = Server(Path(folder))
            words = [sys.executable, str(AGENT), str(server.port), submission.image]
            agent = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

            def missing() -> str:
                return "" if agent.poll() is None else f"the agent ended with status {agent.returncode}"

            def progress(reached: Progress) -> None:
                hooks.progress(reached)
                while reached.step and self._gate and not self._gate.exists() and not hooks.stop.is_set():
                    time.sleep(0.02)

            try:
                wired = Hooks(hooks.phase, progress, hooks.tell, missing, hooks.stop)
                verdict = RedisGrader(server.url, run, limits=Limits(command=PATIENCE), hooks=wired).serve()
            finally:
                agent.kill()
                log, _ = agent.communicate()
                server.kill()
        return verdict, log


if __name__ == "__main__":
    work(sys.argv[1], grade=AgentProcess(*map(Path, sys.argv[3:])), lease=float(sys.argv[2]))
