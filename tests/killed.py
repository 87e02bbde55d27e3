"""Commands in processes of their own, which something bad happens to in the middle of their work.

The processes are forked from one that has imported the program already, so that many of them cost little.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any, Literal

Fate = Literal["none", "kill", "kill-during", "kill-server", "interrupt", "stop"]

CONTEXT: ForkServerContext = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.killed", "dcell_graph.cli"])
_PRESSES = 3


class Command:
    """One run of the command line.

    Args:
        home: DCELL_GRAPH_HOME.
        arguments: of ``dcell-graph``.
        fate: what happens to it, at its write number ``at``: nothing; its process is killed after that write, or
            during it; the server is killed during it; Ctrl-C is pressed three times; its process is stopped after it.
        at: counted from 1.
    """

    def __init__(self, home: Path, *arguments: str, fate: Fate = "none", at: int = 0) -> None:
        self._writes = CONTEXT.Value("i", 0)
        self._output = home / "output.txt"
        self.process: ForkServerProcess = CONTEXT.Process(
            target=_run, args=(home, arguments, fate, at, self._writes, self._output)
        )
        self.process.start()

    def end(self) -> int:
        """Wait for the end; the exit status, negative if it was killed."""
        self.process.join(120)
        assert self.process.exitcode is not None, "the command does not end"
        return self.process.exitcode

    @property
    def writes(self) -> int:
        """How many writes it has begun."""
        # Without the lock of the value, which a killed or stopped process may be holding.
        return int(self._writes.get_obj().value)

    @property
    def output(self) -> str:
        """What it printed."""
        return self._output.read_text(encoding="utf-8")


def _run(home: Path, arguments: tuple[str, ...], fate: Fate, at: int, writes: Any, output: Path) -> None:
    os.environ["DCELL_GRAPH_HOME"] = str(home)
    handle = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    sys.stdin = None
    signal.signal(signal.SIGINT, signal.default_int_handler)  # tests that run in the background ignore it
    from dcell_graph.cli import main
    from dcell_graph.graph import runner

    runner._RETRY_SECONDS = 0.5
    runner.BATCH = 100  # so that small files take many writes
    write = runner.Neo4jRunner.write

    def counted(self: runner.Neo4jRunner, name: str, /, **parameters: Any) -> list[dict[str, Any]]:
        if name == "load/lock_hold":  # the sign of life, which comes when it comes
            return write(self, name, **parameters)
        with writes.get_lock():
            writes.value += 1
            now = writes.value == at
        if now and fate in _DURING:
            threading.Thread(target=_DURING[fate], args=(home,)).start()
        rows = write(self, name, **parameters)
        if now and fate in _AFTER:
            os.kill(os.getpid(), _AFTER[fate])
        return rows

    runner.Neo4jRunner.write = counted  # type: ignore[method-assign]
    sys.argv = ["dcell-graph", *arguments]
    main()


def _kill_self(home: Path) -> None:
    time.sleep(0.004)
    os.kill(os.getpid(), signal.SIGKILL)


def _kill_server(home: Path) -> None:
    from dcell_graph.graph import process
    from dcell_graph.graph.folder import DatabaseFolder

    running = process.find(DatabaseFolder(home / "database"))
    assert running is not None
    time.sleep(0.004)
    os.kill(running.pid, signal.SIGKILL)


def _press(home: Path) -> None:
    for _ in range(_PRESSES):
        time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)


_DURING: dict[str, Callable[[Path], None]] = {
    "kill-during": _kill_self,
    "kill-server": _kill_server,
    "interrupt": _press,
}
_AFTER = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}
