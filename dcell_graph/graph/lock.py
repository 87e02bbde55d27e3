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
from dcell_graph.graph.interrupt import no_interrupt, one_interrupt
from dcell_graph.graph.runner import Row, Runner
from dcell_graph.types import Progress, silent

_BEAT_SECONDS = 10.0
# A holder that has not shown itself for this long is dead, wherever it ran.
LEASE_SECONDS = 60
_POLL_SECONDS = 0.25
# Most waits are shorter, and not worth a word.
_SILENT_SECONDS = 2.0


@contextmanager
def write_lock(
    runner: Runner, purpose: str, *, patience: float = 600.0, progress: Progress = silent
) -> Iterator[Runner]:
    """Hold the write lock while something is loaded, built or removed.

    Whoever holds it may take everything that is not ready for the remains of a dead command and clean it up. All of it
    is to be done through the runner that this gives: one that lost the lock, because its process stood still for
    longer than the lease, writes nothing more.

    Ctrl-C is let through once; what follows in the next seconds does not disturb the cleaning up.

    Args:
        runner: of the database.
        purpose: shown to others who wait, as in ``load ontology 2016-12-06``.
        patience: seconds to wait for another holder.
        progress: told whom it waits for, if it waits long.

    Raises:
        Busy: another command still holds the lock after that time, or has taken it over.
    """
    token = secrets.token_hex(8)
    with one_interrupt():
        stop = threading.Event()
        beat = threading.Thread(target=_keep_alive, args=(runner, token, stop), daemon=True)
        try:
            _acquire(runner, token, purpose, patience, progress)
            beat.start()
            yield runner.holding(token)
        finally:
            stop.set()
            if beat.is_alive():
                beat.join()
            with no_interrupt():
                runner.write("load/lock_release", token=token)


def _acquire(runner: Runner, token: str, purpose: str, patience: float, progress: Progress) -> None:
    begin = time.monotonic()
    told: str | None = None
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
            if told is not None:
                progress(told, 1, 1)
            return
        waited = time.monotonic() - begin
        if waited > patience:
            raise Busy(
                "another command is writing to the database",
                found=_who(holder),
                hint="wait until it is done and try again",
            )
        if waited > _SILENT_SECONDS and told is None:
            told = f"waiting for another command: {_who(holder)}"
            progress(told, 0, None)
        time.sleep(_POLL_SECONDS)


def _who(holder: Row) -> str:
    return f"{holder['purpose']} (process {holder['pid']} on {holder['host']})"


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
            runner.write("load/lock_hold", token=token)
        except DatabaseError:
            # The work itself meets the same trouble and reports it; this thread has nobody to tell.
            continue
