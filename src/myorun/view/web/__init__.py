"""Movements in a web browser: a compact replay file, the page that plays it, and the server that brings both together.

::

    replay = replay_of(load_trajectory("run.npz"), title="seed 7")  # what is to be seen, and nothing else
    save_replay(replay, "run.replay")                                # under 100 kB for ten seconds
    export_page([replay], "run.html")                                # one file that opens from disk
    with ViewerServer([replay]) as server:                           # on 127.0.0.1
        print(server.url)
"""

from myorun.view.web.page import export_page
from myorun.view.web.recording import replay_of
from myorun.view.web.replay import Channel, Replay, decode, encode, load_replay, save_replay
from myorun.view.web.server import ViewerServer

__all__ = [
    "Channel",
    "Replay",
    "ViewerServer",
    "decode",
    "encode",
    "export_page",
    "load_replay",
    "replay_of",
    "save_replay",
]
