"""Is there a flaky test? Runs the tests again and again, and shows how long each run took and what failed in it.

    python scripts/repeat.py                     20 runs of all tests that are not marked slow
    python scripts/repeat.py 5 tests/osim -n0    5 runs of some; words after the number go to pytest
    python scripts/repeat.py 5 --busy 4          beside 4 processes that do nothing but keep processors busy

The exit status is 0 if and only if every test passed in every run.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
LINE = "{:>4} {:>7} {:>8} {:>7} {:>9} {:>9}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="?", type=int, default=20)
    parser.add_argument("--busy", type=int, default=0, metavar="N", help="processes that keep processors busy")
    chosen, words = parser.parse_known_args()
    failures: Counter[str] = Counter()
    print(LINE.format("run", "tests", "skipped", "failed", "time [s]", "CPU [s]"), flush=True)
    with busy(chosen.busy):
        for number in range(1, chosen.runs + 1):
            failures.update(run(number, words))
    for name, count in failures.most_common():
        print(f"{count:>4} of {chosen.runs}: {name}")
    print(f"{len(failures)} tests failed in {chosen.runs} runs")
    return int(bool(failures))


def run(number: int, words: list[str]) -> list[str]:
    """Run the tests once, and print a line about it; what failed."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-m", "not slow", f"--junitxml={report}", *words]
        began, spent = time.monotonic(), processor_seconds()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        took, spent = time.monotonic() - began, processor_seconds() - spent
        if not report.exists():  # it did not come to any test
            raise SystemExit(done.stdout + done.stderr)
        suite = ElementTree.parse(report).getroot()[0]
    failed = [f"{case.get('classname')}::{case.get('name')}" for case in suite if did_fail(case)]
    cells = (number, suite.get("tests"), suite.get("skipped"), len(failed), f"{took:.0f}", f"{spent:.0f}")
    print(LINE.format(*cells), *([done.stdout] if failed else []), sep="\n", flush=True)
    return failed


def did_fail(case: ElementTree.Element) -> bool:
    return any(part.tag in ("failure", "error") for part in case)


def processor_seconds() -> float:
    """Of all processes that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def busy(count: int) -> Iterator[None]:
    """So many processes that never rest."""
    processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


if __name__ == "__main__":
    sys.exit(main())
