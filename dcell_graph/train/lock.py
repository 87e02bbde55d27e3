"""One process at a time works in a run folder: a file in it that is locked as long as the process lives."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

LOCK = ".lock"
_TRIES, _PAUSE = 5, 0.05


class FolderLock:
    """The right to write into a folder.

    Where locks do not exist (Windows, some network file systems) it is granted to everybody.

    Args:
        folder: exists.
    """

    def __init__(self, folder: Path) -> None:
        self._name = folder / LOCK
        self._handle: int | None = None

    def acquire(self) -> bool:
        """Take the right; False if a living process has it.

        Raises:
            OSError: the folder is gone or cannot be written.
        """
        for _ in range(_TRIES):
            handle = os.open(self._name, os.O_RDWR | os.O_CREAT, 0o644)
            if _lock(handle) is not False and _is(handle, self._name):
                os.ftruncate(handle, 0)
                os.write(handle, f"{os.getpid()}\n".encode())
                self._handle = handle
                return True
            # Held; or looked at by somebody for a moment; or the holder before us has just removed the file.
            os.close(handle)
            time.sleep(_PAUSE)
        return False

    def release(self, folder: Path | None = None) -> None:
        """Give the right back.

        Args:
            folder: where the folder is now, which may have another name; None if it is gone.
        """
        if self._handle is not None:
            if folder is not None:
                (folder / LOCK).unlink(missing_ok=True)
            os.close(self._handle)
            self._handle = None


def is_held(folder: Path) -> bool:
    """Whether a living process works in a folder; True also if that cannot be told."""
    try:
        handle = os.open(folder / LOCK, os.O_RDWR)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        return _lock(handle) is not True
    finally:
        os.close(handle)


def _lock(handle: int) -> bool | None:
    """Lock an open file; False if another process has it, None if there are no locks here."""
    if sys.platform == "win32":
        return None
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _is(handle: int, path: Path) -> bool:
    """Whether an open file is still the one of that name."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
