"""One writer at a time: a lock node in the database, which a dead holder loses."""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from dcell_graph.errors import Busy, DatabaseError
from dcell_graph.graph.runner import Runner

_BEAT_SECONDS = 10.0
# A holder that has not shown itself for this long is dead, wherever it ran.
LEASE_SECONDS = 60
_POLL_SECONDS = 0.25


@contextmanager
def write_lock(runner: Runner, purpose: str, *, patience: float = 600.0) -> Iterator[None]:
    """Hold the write lock while something is loaded, built or removed.

    Whoever holds it may take everything that is not ready for the remains of a dead command and clean it up.

    Args:
        runner: of the database.
        purpose: shown to others who wait, as in ``load ontology 2016-12-06``.
        patience: seconds to wait for another holder.

    Raises:
        Busy: another command still holds the lock after that time.
    """
    token = secrets.token_hex(8)
    _acquire(runner, token, purpose, patience)
    stop = threading.Event()
    beat = threading.Thread(target=_keep_alive, args=(runner, token, stop), daemon=True)
    beat.start()
    try:
        yield
    finally:
        stop.set()
        beat.join()
        runner.write("load/lock_release", token=token)


def _acquire(runner: Runner, token: str, purpose: str, patience: float) -> None:
    deadline = time.monotonic() + patience
    runner.write("load/lock_prepare")
    while True:
        holder = runner.read("read/lock")[0]
        dead = [holder["token"]] if _is_dead(holder["host"], holder["pid"]) else []
        got = runner.write(
            "load/lock_acquire",
            token=token,
            purpose=purpose,
            host=socket.gethostname(),
            pid=os.getpid(),
            dead=dead,
            lease=LEASE_SECONDS,
        )
        if got:
            return
        if time.monotonic() > deadline:
            raise Busy(
                "another command is writing to the database",
                found=f"{holder['purpose']} (process {holder['pid']} on {holder['host']})",
                hint="wait until it is done and try again",
            )
        time.sleep(_POLL_SECONDS)


def _is_dead(host: str | None, pid: int | None) -> bool:
    """Whether the holder ran on this machine and its process is gone."""
    if pid is None or host != socket.gethostname():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _keep_alive(runner: Runner, token: str, stop: threading.Event) -> None:
    while not stop.wait(_BEAT_SECONDS):
        try:
            runner.write("load/lock_beat", token=token)
        except DatabaseError:
            # The work itself meets the same trouble and reports it; this thread has nobody to tell.
            continue
