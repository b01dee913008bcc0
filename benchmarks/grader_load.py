"""How a challenge's server bears many runs at once: sessions that step over HTTP (or WebSockets) as fast as they can.

    python benchmarks/grader_load.py                    # 200 sessions, 300 steps each
    python benchmarks/grader_load.py --sessions 50 --websocket

Server and clients share this machine's processors, so the figures are a lower bound of what a server can do.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
import time
from pathlib import Path

from myorun.challenge import organise
from served import HOST, Server, served

ACTION = [0.05] * 18


async def one_session(server: Server, token: str, steps: int, latencies: list[float]) -> float:
    """A run of one course after the other until ``steps`` are made; its score. Speaks HTTP over one connection."""
    reader, writer = await asyncio.open_connection(HOST, server.port)

    async def ask(path: str, words: object) -> dict:
        body = json.dumps(words).encode()
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n"
        writer.write(head.encode() + b"Content-Type: application/json\r\n\r\n" + body)
        header = await reader.readuntil(b"\r\n\r\n")
        length = int(header.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        answer = json.loads(await reader.readexactly(length))
        assert header.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201")), answer
        return answer

    run = (await ask("/v2/runs", {}))["run"]
    made = course = 0
    while made < steps:
        answer = await ask(f"/v2/runs/{run}/reset", {"course": course})
        while made < steps and not (answer["terminated"] or answer["truncated"]):
            began = time.perf_counter()
            words = {"course": course, "step": answer["step"], "action": ACTION}
            answer = await ask(f"/v2/runs/{run}/step", words)
            latencies.append(time.perf_counter() - began)
            made += 1
        course += 1
    score = (await ask(f"/v2/runs/{run}/submit", None))["score"]
    writer.close()
    return score


def one_socket_session(server: Server, token: str, steps: int, latencies: list[float]) -> float:
    """The same through a WebSocket, in a thread of its own."""
    from myorun.client.socket import SocketConnection

    connection = SocketConnection(server.url, token)
    run = connection.create()["run"]
    made = course = 0
    while made < steps:
        answer = connection.reset(run, course)
        while made < steps and not (answer["terminated"] or answer["truncated"]):
            began = time.perf_counter()
            answer = connection.step(run, course, answer["step"], ACTION)
            latencies.append(time.perf_counter() - began)
            made += 1
        course += 1
    score = connection.submit(run)["score"]
    connection.close()
    return score


async def all_sessions(
    server: Server, tokens: list[str], steps: int, websocket: bool, latencies: list[float]
) -> list[float]:
    if websocket:
        threads = (asyncio.to_thread(one_socket_session, server, token, steps, latencies) for token in tokens)
        return await asyncio.gather(*threads)
    return await asyncio.gather(*(one_session(server, token, steps, latencies) for token in tokens))


def memory(pid: int) -> float:
    """Resident memory of a process [MB]."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=200)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3, help="all sessions again, to see whether memory grows")
    parser.add_argument("--websocket", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "challenge"
        file = organise.init(folder, "Load")
        text = file.read_text().replace("courses = 3 ", "courses = 20 ").replace("quota = 5 ", "quota = 100000 ")
        file.write_text(text.replace("parallel = 2 ", "parallel = 1000 "))
        tokens = [organise.enter_user(folder, f"team {i}") for i in range(chosen.sessions)]
        with served(folder) as server:
            report(chosen, tokens, server)


def report(chosen: argparse.Namespace, tokens: list[str], server: Server) -> None:
    print(f"| round | finished | steps/s | median ms | p99 ms | worst ms | server MB |  ({chosen.sessions} sessions)")
    print("|-|-|-|-|-|-|-|")
    for number in range(chosen.rounds):
        latencies: list[float] = []
        began = time.perf_counter()
        scores = asyncio.run(all_sessions(server, tokens, chosen.steps, chosen.websocket, latencies))
        rate = len(latencies) / (time.perf_counter() - began)
        ms = [1e3 * quantile(latencies, share) for share in (0.5, 0.99, 1.0)]
        finished, used = f"{len(scores)}, {len(set(scores))} score", memory(server.pid)
        print(f"| {number} | {finished} | {rate:.0f} | {ms[0]:.0f} | {ms[1]:.0f} | {ms[2]:.0f} | {used:.0f} |")


if __name__ == "__main__":
    main()
