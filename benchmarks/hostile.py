"""Hostile agents in the play-off's containers: what each tries, which limit it meets, its verdict, what it leaves.

    python benchmarks/hostile.py                       all of them
    python benchmarks/hostile.py "fork bomb" silence   some

Needs Podman or Docker (DOCKER_HOST, or their own places) and redis-server. Their images stand on one packed from this
Python, so no registry is needed. Every agent reports each thing that it should not have been able to do with a line
that begins with BREACH; one such line, or anything left behind, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import re
import socket
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from myorun.challenge.playoff.cell import sweep
from myorun.challenge.playoff.engine import Engine
from myorun.challenge.playoff.grading import Graded, grade_image
from myorun.challenge.playoff.limits import Playoff
from myorun.challenge.playoff.scratch import root_of
from myorun.challenge.playoff.sources import LocalImage
from myorun.challenge.trial import TrialRun, trial_plan

BASE = "localhost/myorun-hostile:python"
SEEDS = (987654321, 123456789)
LIMITS = {
    "memory_mb": 256,
    "cpus": 1.0,
    "processes": 64,
    "scratch_mb": 16,
    "log_kb": 64,
    "command_seconds": 6.0,
    "run_minutes": 1.0,
}


@dataclass(frozen=True)
class Hostile:
    """An agent that means no good."""

    meets: str  # the limit
    status: str  # of the verdict, as a regular expression
    says: str  # a regular expression in the verdict's message or the agent's last line
    program: str
    dockerfile: str = ""  # further lines


# What the agents share: 2017's protocol on a bare socket.
PLAIN = '''
import json, os, socket, sys, time

class Redis:
    def __init__(self, host="127.0.0.1", port=6379):
        self.socket = socket.create_connection((host, port), 5)
        self.socket.settimeout(None)
        self.file = self.socket.makefile("rb")

    def send(self, *words):
        raw = [w if isinstance(w, bytes) else str(w).encode() for w in words]
        self.socket.sendall(b"*%d\\r\\n" % len(raw) + b"".join(b"$%d\\r\\n%s\\r\\n" % (len(w), w) for w in raw))

    def read(self):
        line = self.file.readline()
        if not line:
            raise EOFError("Redis hung up")
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise ValueError(rest.decode())
        if kind == b"$":
            return None if rest == b"-1" else self.file.read(int(rest) + 2)[:-2]
        if kind == b"*":
            return None if rest == b"-1" else [self.read() for _ in range(int(rest))]
        return rest

    def __call__(self, *words):
        self.send(*words)
        return self.read()

COMMANDS = "osim-rl::osim_rl_redis_service_id::commands"

class Agent:
    def __init__(self):
        self.redis, self.asked = Redis(), 0

    def ask(self, kind, **payload):
        self.asked += 1
        channel = "osim-rl::mine::%d" % self.asked
        words = {"type": "OSIM_RL." + kind, "payload": payload, "response_channel": channel}
        self.redis("LPUSH", COMMANDS, json.dumps(words))
        return json.loads(self.redis("BLPOP", channel, 0)[1])

    def play(self):
        """Honestly, standing still, to the end of every course."""
        seen = self.ask("ENV_CREATE")["payload"]["observation"]
        while seen:
            done = False
            while not done:
                done = self.ask("ENV_STEP", action=[0.05] * 18)["payload"]["done"]
            seen = self.ask("ENV_RESET")["payload"]["observation"]
        return self.ask("ENV_SUBMIT")

def attempt(what, deed, *, succeeds=lambda result: True):
    """Try something forbidden, and report it if it works."""
    try:
        result = deed()
    except Exception as error:
        print("refused:", what, "-", type(error).__name__, str(error)[:100])
    else:
        print("BREACH:" if succeeds(result) else "nothing:", what, "-", repr(result)[:200])
'''

AGENTS: dict[str, Hostile] = {
    "fork bomb": Hostile(
        "64 processes",
        "timed_out",
        "no command came",
        """
while True:
    try:
        os.fork()
    except OSError:
        time.sleep(0.01)
""",
    ),
    "memory hog": Hostile(
        "256 MiB of memory",
        "failed",
        "more than its 256 MiB",
        """
kept = []
while True:
    kept.append(bytearray(8_000_000))
""",
    ),
    "disk filler": Hostile(
        "a read-only disk, 16 MiB of /tmp",
        "failed",
        "ended with exit code 3",
        """
total = 0
for place in ["/", "/agent", "/tmp", "/var/tmp", "/run", "/dev/shm", "/dev", "/etc", "/usr", "/sys", "/proc", "/keep"]:
    try:
        with open(place + "/filler", "wb", buffering=0) as file:
            while True:
                total += file.write(bytes(100_000))
    except OSError as error:
        print(place, error)
if total > 24 * 1024 * 1024:
    print("BREACH: wrote", total, "bytes")
print("wrote", total, "bytes")
sys.exit(3)
""",
        "VOLUME /keep",
    ),
    "endless silence": Hostile("6 s without a command", "timed_out", "no command came", "time.sleep(3600)"),
    "a step a second": Hostile(
        "1 min in all",
        "timed_out",
        "took longer|no command came",
        """
agent = Agent()
agent.ask("ENV_CREATE")
while True:
    agent.ask("ENV_STEP", action=[0.05] * 18)
    time.sleep(5.5)
""",
    ),
    "endless talk": Hostile(
        "64 KiB of log",
        "timed_out",
        "no command came",
        """
while True:
    print("x" * 10_000)
""",
    ),
    "a million nonsense commands": Hostile(
        "1000 refused commands",
        "failed",
        "refused|OOM|full",
        """
redis = Redis()
for batch in range(1000):
    for number in range(1000):
        redis.send("LPUSH", COMMANDS, b"\\xff nonsense %d" % number)
    for number in range(1000):
        redis.read()
time.sleep(60)
""",
    ),
    "a Redis full of rubbish": Hostile(
        "48 MiB of Redis",
        "failed|timed_out",
        "refuse|OOM|no command came",
        """
redis = Redis()
full = 0
while full < 100:
    try:
        redis("RPUSH", "mine", b"x" * 1_000_000)
    except ValueError as error:
        full += 1
        print(error)
redis("LPUSH", COMMANDS, b"{}")
time.sleep(60)
""",
    ),
    "a Redis full of half commands": Hostile(
        "24 MiB of commands under way",
        "timed_out",
        "no command came",
        """
piece, kept = b"$1\\r\\na\\r\\n" * 10_000, []
for number in range(15):
    try:
        kept.append(Redis())
        kept[-1].socket.sendall(b"*1000001\\r\\n$6\\r\\nEXISTS\\r\\n")
        for _ in range(99):
            kept[-1].socket.sendall(piece)
    except Exception as error:
        print(number, error)
print("connections:", len(kept))
time.sleep(60)
""",
    ),
    "a hundred connections": Hostile(
        "16 connections",
        "timed_out",
        "no command came",
        """
kept = []
for number in range(100):
    try:
        kept.append(Redis())
        kept[-1].send("LPUSH", "mine", b"x" * 900_000)
    except Exception as error:
        print(number, error)
print("connections:", len(kept))
time.sleep(60)
""",
    ),
    "attack on its Redis": Hostile(
        "an account for lists only",
        "finished",
        "",
        """
redis = Redis()
for words in [
    ("CONFIG", "SET", "dir", "/run/redis"), ("CONFIG", "GET", "*"), ("SHUTDOWN", "NOSAVE"), ("FLUSHALL",),
    ("KEYS", "*"), ("LRANGE", COMMANDS, "0", "-1"),
    ("ACL", "LIST"), ("ACL", "SETUSER", "default", "+@all"), ("DEBUG", "SLEEP", "60"), ("CLIENT", "LIST"),
    ("CLIENT", "KILL", "TYPE", "normal"), ("CLIENT", "PAUSE", "60000"), ("MONITOR",), ("SCAN", "0"), ("INFO",),
    ("EVAL", "return 1", "0"), ("SLAVEOF", "127.0.0.1", "6379"), ("MODULE", "LOAD", "/tmp/x.so"), ("SAVE",),
    ("AUTH", "grader", ""), ("AUTH", "grader", "grader"), ("SUBSCRIBE", "x"),
]:
    attempt(" ".join(words), lambda: redis(*words))
Agent().play()
""",
    ),
    "to the network": Hostile(
        "no network but loopback",
        "finished",
        "",
        """
names = [line.split(":")[0].strip() for line in open("/proc/net/dev").readlines()[2:]]
attempt("interfaces", lambda: names, succeeds=lambda found: found != ["lo"])
routes = open("/proc/net/route").read().splitlines()[1:]
attempt("routes", lambda: routes, succeeds=bool)
for host, port in [("192.0.2.1", 80), ("@HOST@", @PORT@), ("10.88.0.1", 53), ("169.254.169.254", 80)]:
    attempt(f"connect to {host}:{port}", lambda: socket.create_connection((host, port), 2))
attempt("look up a name", lambda: socket.getaddrinfo("example.org", 80))
attempt("raw packets", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
attempt("ping", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP))
Agent().play()
""",
    ),
    "to the host": Hostile(
        "ids of its own, no capability, seccomp",
        "finished",
        "",
        """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def call(name, *arguments):
    if getattr(libc, name)(*arguments) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return True
attempt("become root", lambda: os.setuid(0))
attempt("mount", lambda: call("mount", b"none", b"/tmp", b"tmpfs", 0, None))
attempt("a namespace of users", lambda: call("unshare", 0x10000000))
attempt("another network namespace", lambda: call("setns", os.open("/proc/1/ns/net", os.O_RDONLY), 0))
attempt("chroot", lambda: os.chroot("/tmp"))
attempt("a device", lambda: os.mknod("/tmp/disk", 0o60666, os.makedev(254, 0)))
attempt("write a sysctl", lambda: open("/proc/sys/kernel/core_pattern", "w").write("|/tmp/x"))
attempt("write /sys", lambda: open("/sys/kernel/uevent_helper", "w").write("/tmp/x"))
attempt("write a cgroup", lambda: open("/sys/fs/cgroup/memory/memory.limit_in_bytes", "w").write("-1"))
attempt("kill all", lambda: os.kill(1, 0), succeeds=lambda _: os.getpid() != 1)
attempt("other processes", lambda: [p for p in os.listdir("/proc") if p.isdigit() and int(p) > 1], succeeds=bool)
disks = ("sd", "vd", "nvme", "kvm", "mem")
attempt("disks", lambda: [d for d in os.listdir("/dev") if d.startswith(disks)], succeeds=bool)
status = open("/proc/self/status").read()
attempt("capabilities", lambda: [l for l in status.splitlines() if l.startswith("Cap")],
        succeeds=lambda lines: any(int(l.split()[1], 16) for l in lines))
attempt("no seccomp", lambda: "Seccomp:\\t2" not in status, succeeds=bool)
attempt("new privileges", lambda: "NoNewPrivs:\\t1" not in status, succeeds=bool)
if @OWN_IDS@:
    first = open("/proc/self/uid_map").read().split()[1]
    attempt("ids of the host", lambda: first, succeeds=lambda first: first == "0")
Agent().play()
""",
    ),
    "engine and other runs": Hostile(
        "no socket, no neighbour",
        "finished",
        "",
        """
sockets = []
for top, folders, files in os.walk("/"):
    folders[:] = [f for f in folders if os.path.join(top, f) not in ("/proc", "/sys")]
    sockets += [os.path.join(top, f) for f in files if f.endswith((".sock", ".socket"))]
attempt("sockets on the disk", lambda: sockets, succeeds=bool)
names = [line.split()[-1] for line in open("/proc/net/unix").readlines()[1:] if "@" in line]
attempt("abstract sockets", lambda: names, succeeds=bool)
for place in ["/run/podman/podman.sock", "/var/run/docker.sock", "/run/docker.sock", "/run/redis/redis.sock"]:
    attempt(place, lambda: socket.socket(socket.AF_UNIX).connect(place))
agent = Agent()
def open_ports():
    found = []
    for port in range(1, 65536):
        if port % 5000 == 0:
            agent.ask("PING")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0 and probe.getsockname() != probe.getpeername():
                found.append(port)  # but for those where it only found itself
    return found
attempt("other ports", open_ports, succeeds=lambda ports: ports != [6379])
agent.play()
""",
    ),
    "for the seeds": Hostile(
        "seeds stay with the service",
        "finished",
        "",
        """
secret = ["987654321", "123456789", "seeds"]
def told():
    text = json.dumps(dict(os.environ)) + open("/proc/1/environ").read() + open("/proc/self/mountinfo").read()
    return [word for word in secret if word in text]
attempt("environment and mounts", told, succeeds=bool)
def files():
    return [os.path.join(t, f) for t, _, fs in os.walk("/") if not t.startswith(("/proc", "/sys"))
            for f in fs if f in ("challenge.toml", "ledger.sqlite3", "redis.conf", "about.json")]
attempt("files of the challenge", files, succeeds=bool)
agent = Agent()
answer = agent.ask("ENV_CREATE", seed=7, seeds=[1], difficulty=0)
attempt("what is told", lambda: set(answer["payload"]), succeeds=lambda keys: keys != {"observation"})
agent = Agent()
while agent.ask("ENV_RESET")["payload"]["observation"]:
    pass
agent.ask("ENV_SUBMIT")
""",
    ),
    "submit twice": Hostile(
        "a run is over once",
        "finished",
        "",
        """
agent = Agent()
first = agent.play()
print("first:", first["type"], "mean" in str(first))
words = {"type": "OSIM_RL.ENV_SUBMIT", "payload": {}, "response_channel": "again"}
agent.redis("LPUSH", COMMANDS, json.dumps(words))
second = agent.redis("BLPOP", "again", 2)
attempt("a second result", lambda: second, succeeds=lambda got: bool(got) and b"mean_reward" in got[1])
""",
    ),
    "step after done": Hostile(
        "a course is over once",
        "finished",
        "",
        """
agent = Agent()
seen = agent.ask("ENV_CREATE")["payload"]["observation"]
while seen:
    done = False
    while not done:
        done = agent.ask("ENV_STEP", action=[0.05] * 18)["payload"]["done"]
    answer = agent.ask("ENV_STEP", action=[1.0] * 18)
    attempt("a step after the end", lambda: answer, succeeds=lambda got: got["type"] != "OSIM_RL.ERROR")
    seen = agent.ask("ENV_RESET")["payload"]["observation"]
agent.ask("ENV_SUBMIT")
""",
    ),
    "spinning threads": Hostile(
        "1 processor",
        "timed_out",
        "no command came",
        """
for number in range(8):
    if os.fork() == 0:
        while True:
            pass
time.sleep(3600)
""",
    ),
}


# ---------------------------------------------------------------- images


def make_base(engine: Engine, name: str = BASE) -> str:
    """An image of this very Python, its standard library and nothing else."""
    if not engine.has_image(name):
        engine.import_root(python_root(), name)
    return name


def python_root() -> bytes:
    """A tar archive of this Python, its standard library, and the libraries that these need."""
    program, library = Path(sys.executable).resolve(), Path(sysconfig.get_path("stdlib"))
    core = importlib.util.find_spec("myorun._core")
    compiled = [Path(core.origin)] if core and core.origin else []  # what it needs of C++, NumPy needs too
    shared = _libraries_of([program, *library.glob("lib-dynload/*.so"), *compiled])
    root = io.BytesIO()
    with tarfile.open(fileobj=root, mode="w") as archive:
        archive.add(program, str(program)[1:])
        for file in shared:
            archive.add(file.resolve(), str(file)[1:])
        archive.add(library, str(library)[1:], filter=_wanted)
        link = tarfile.TarInfo("usr/bin/python3")
        link.type, link.linkname = tarfile.SYMTYPE, str(program)
        archive.addfile(link)
        for folder in ("tmp", "run", "var/tmp", "etc", "agent"):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(entry)
    return root.getvalue()


def _wanted(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    parts = Path(entry.name).parts
    if {"site-packages", "test", "__pycache__", "idlelib", "ensurepip"} & set(parts) or entry.name.endswith(".a"):
        return None
    entry.mode |= 0o755 if entry.isdir() else 0o644
    return entry


def _libraries_of(programs: list[Path]) -> list[Path]:
    said = subprocess.run(["ldd", *map(str, programs)], capture_output=True, text=True).stdout
    found = {Path(path) for path in re.findall(r"(/\S+) \(0x", said)}
    stubs = ("libpthread.so.0", "libdl.so.2", "librt.so.1", "libutil.so.1")  # of the C library, for older programs
    beside = {path.with_name(stub) for path in found if path.name.startswith("libc.") for stub in stubs}
    return sorted(found | {path for path in beside if path.exists()})


def build_agent(
    engine: Engine, program: str, dockerfile: str = "", name: str = "localhost/myorun-hostile:agent"
) -> str:
    """The image of a program that may use what :data:`PLAIN` defines."""
    make_base(engine)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "agent.py").write_text(PLAIN + program)
        lines = (f"FROM {BASE}", "COPY agent.py /agent/agent.py", dockerfile, 'CMD ["python3", "/agent/agent.py"]')
        Path(folder, "Dockerfile").write_text("\n".join(lines))
        for _ in engine.build(Path(folder), name, {}):
            pass
    return name


# ---------------------------------------------------------------- runs


@dataclass(frozen=True)
class Outcome:
    """What became of a hostile agent, and of those around it."""

    graded: Graded
    left: dict[str, int]  # behind
    neighbour: float | None = None  # score of an honest run beside it


def run_agent(engine: Engine, name: str, limits: Playoff, honest: str = "") -> Outcome:
    """Grade a hostile agent, with a run of the image ``honest`` beside it, if that is wanted."""
    hostile = AGENTS[name]
    with listener() as (host, port):
        own_ids = limits.user_namespace == "auto" and engine.is_podman
        program = hostile.program
        for mark, word in {"@HOST@": host, "@PORT@": str(port), "@OWN_IDS@": str(own_ids)}.items():
            program = program.replace(mark, word)
        image = build_agent(engine, program, hostile.dockerfile)
        before = inventory(engine, limits)
        neighbour = Neighbour(engine, limits, honest) if honest else None
        graded = grade_image(engine, LocalImage(image), TrialRun(trial_plan(SEEDS)), limits, name="hostile")
        score = neighbour.score() if neighbour else None
        left = changes(before, inventory(engine, limits))
    engine.remove_image(image)
    return Outcome(graded, left, score)


@contextmanager
def listener() -> Iterator[tuple[str, int]]:
    """Something of this machine that listens on all its addresses, and one of them."""
    with socket.create_server(("0.0.0.0", 0)) as server:
        yield _own_address(), server.getsockname()[1]


def _own_address() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing; says which address would be used
        except OSError:
            return "127.0.0.2"
        return str(probe.getsockname()[0])


def problems(hostile: Hostile, graded: Graded) -> list[str]:
    """What is not as it should be."""
    verdict = graded.verdict
    found = [line for line in graded.log.splitlines() if line.startswith("BREACH")]
    if not re.fullmatch(hostile.status, verdict.status):
        found.append(f"the verdict is {verdict.status}, not {hostile.status}")
    if verdict.status != "finished" and verdict.fault != "agent":
        found.append(f"the fault is given to {verdict.fault}")
    if not re.search(hostile.says, f"{verdict.message}\n{verdict.line}"):
        found.append(f"the message is {verdict.message!r}")
    return found


def problems_around(outcome: Outcome, alone: float | None) -> list[str]:
    """What is not as it should be in its surroundings; ``alone`` is what its neighbour has without it."""
    found = [f"left {outcome.left}"] if outcome.left else []
    if outcome.neighbour != alone:
        found.append(f"its neighbour had {outcome.neighbour}, alone {alone}")
    return found


def verdict_of(outcome: Outcome) -> str:
    """In a word or two."""
    verdict = outcome.graded.verdict
    return f"{verdict.status}, {verdict.fault}" if verdict.fault else verdict.status


def cells(hostile: Hostile, outcome: Outcome, alone: float | None) -> tuple[str, ...]:
    """Of its row in the table: limit, verdict, message, its neighbour, what it left."""
    felt = "same score" if outcome.neighbour == alone else f"[red]{outcome.neighbour}[/red]"
    message = outcome.graded.verdict.message
    return hostile.meets, verdict_of(outcome), message, felt, str(outcome.left or "nothing")


def inventory(engine: Engine, limits: Playoff) -> dict[str, int]:
    """How much there is of what a run could leave behind."""
    mounts = [line for line in Path("/proc/mounts").read_text().splitlines() if engine.storage in line]
    folders = list(root_of(limits.scratch).glob("myorun-cell-*"))
    return {**engine.count(), "files": len(folders), "mounts": len(mounts)}


def changes(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    """What there is more or less of."""
    return {what: after[what] - before[what] for what in before if after[what] != before[what]}


class Neighbour:
    """An honest run beside a hostile one: it must not feel anything."""

    def __init__(self, engine: Engine, limits: Playoff, image: str) -> None:
        run = TrialRun(trial_plan(SEEDS))
        self._graded: list[Graded] = []

        def play() -> None:
            with Engine(engine.address) as own:
                self._graded.append(grade_image(own, LocalImage(image), run, limits, name="neighbour"))

        self._thread = threading.Thread(target=play)
        self._thread.start()

    def score(self) -> float | None:
        """What it came to."""
        self._thread.join()
        result = self._graded[0].verdict.result if self._graded[0].verdict.status == "finished" else None
        return result.score if result else None


def main() -> int:
    """Print the table; 1 if anything was not contained."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help=f"of agents: {', '.join(AGENTS)}")
    parser.add_argument("--ids", choices=("auto", "engine"), default="auto", help="user namespace")
    chosen = parser.parse_args()
    names = chosen.names or list(AGENTS)
    console = Console()
    limits = Playoff(**LIMITS, user_namespace=chosen.ids)
    wrong: list[str] = []
    table = Table("agent", "limit", "verdict", "message", "its neighbour", "left behind", "[s]")
    with Engine() as engine:
        sweep(engine, limits)
        honest = build_agent(engine, "Agent().play()", name="localhost/myorun-hostile:honest")
        alone = Neighbour(engine, limits, honest).score()
        for name in track(names, "hostile agents", console=console, transient=True):
            began = time.monotonic()
            outcome = run_agent(engine, name, limits, honest)
            faults = problems(AGENTS[name], outcome.graded) + problems_around(outcome, alone)
            wrong += [f"{name}: {fault}" for fault in faults]
            table.add_row(name, *cells(AGENTS[name], outcome, alone), f"{time.monotonic() - began:.0f}")
            print(f"{name}: {verdict_of(outcome)}, {faults or 'contained'}", file=sys.stderr, flush=True)
        engine.remove_image(honest)
        console.print(f"{engine.name}; {', '.join(f'{key} {value}' for key, value in limits_shown(limits).items())}")
    console.print(table)
    for line in wrong:
        console.print(f"[red]{line}[/red]", markup=True, highlight=False)
    return int(bool(wrong))


def limits_shown(limits: Playoff) -> dict[str, object]:
    """What the agents ran under."""
    return {key: value for key, value in limits.model_dump().items() if key in LIMITS or key == "user_namespace"}


if __name__ == "__main__":
    sys.exit(main())
