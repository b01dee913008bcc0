"""The body of a job as the tests have it: a Redis of its own and an agent of 2017 as a process, no container.

As a program: a worker. ``agent_body.py FOLDER LEASE``
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from challenge.redis_server import Server
from myorun.challenge.redis.grader import Limits, RedisGrader
from myorun.challenge.server import work
from myorun.challenge.submissions import Submission
from myorun.challenge.verdict import GradedRun, Hooks, Verdict

AGENT = Path(__file__).parent.parent / "redis" / "agent_2017.py"


class AgentProcess:
    """Grades a submission whose image is the level of its agent's constant excitations."""

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

            try:
                wired = Hooks(hooks.phase, hooks.progress, hooks.tell, missing, hooks.stop)
                verdict = RedisGrader(server.url, run, limits=Limits(command=60.0), hooks=wired).serve()
            finally:
                agent.kill()
                log, _ = agent.communicate()
                server.kill()
        return verdict, log


if __name__ == "__main__":
    work(sys.argv[1], grade=AgentProcess(), lease=float(sys.argv[2]))
