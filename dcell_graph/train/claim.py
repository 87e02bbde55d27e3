"""Taking a run folder for one process, and giving it back with nothing in it that is not worth keeping."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dcell_graph.errors import Conflict, TrainingError
from dcell_graph.train.folder import RunFolder
from dcell_graph.train.lock import LOCK, FolderLock, is_held
from dcell_graph.train.place import all_unfinished, refuse_occupied, replaced, unfinished
from dcell_graph.train.signals import Interruptions


@contextmanager
def new_folder(path: Path, stop: Interruptions, *, replace: bool = False) -> Iterator[RunFolder]:
    """A folder for a new run, for this process alone; afterwards it is gone unless the run has something to keep.

    Args:
        path: must be free, unless it is to be replaced.
        stop: holds signals back while folders are made and removed.
        replace: see ``RunFolder``.

    Raises:
        Conflict: the folder is not free, or another process is at work.
        TrainingError: it cannot be made.
    """
    path = path.absolute()
    made: list[Path] = []
    try:
        with stop.held():
            folder = _claimed(path, made, replace=replace)
        try:
            yield folder
        finally:
            with stop.held():
                began_in_place = folder.at == path and not folder.keeps_epochs and not replace
                folder.leave()
                if began_in_place:
                    _empty(path)
    finally:
        # Folders above the run that were made for it and hold nothing.
        for parent in made:
            with suppress(OSError):
                parent.rmdir()


@contextmanager
def existing_folder(path: Path, stop: Interruptions) -> Iterator[RunFolder]:
    """The folder of a run that is to be resumed, for this process alone.

    Raises:
        NotFound: there is no run.
        Conflict: another process is at work in it.
        TrainingError: it cannot be written.
    """
    path = path.absolute()
    folder = RunFolder(path, path)
    folder.read_status()
    with stop.held():
        folder.take()
    try:
        folder.read_status()
        yield folder
    finally:
        with stop.held():
            folder.leave()


def clean_up(path: Path) -> None:
    """Remove what a killed process left beside a run folder, and put back an earlier run that it was about to replace.

    Folders that a living process works in are left alone.
    """
    earlier, hidden = replaced(path.absolute()), unfinished(path.absolute())
    if hidden.is_dir() and is_held(hidden):
        return
    if earlier.is_dir() and not path.exists():
        earlier.rename(path)
    shutil.rmtree(earlier, ignore_errors=True)
    _remove_remains(hidden)


def _claimed(path: Path, made: list[Path], *, replace: bool) -> RunFolder:
    """A folder to work in, locked and empty; ``made`` gets the folders above it that did not exist, lowest first."""
    if not replace:
        refuse_occupied(path)
    # An empty folder that exists is used as it is: it may be a mount point, which nothing can be renamed to.
    at = path if path.is_dir() and not replace else unfinished(path)
    try:
        made += [parent for parent in (path.parent, *path.parent.parents) if not parent.exists()]
        path.parent.mkdir(parents=True, exist_ok=True)
        for remains in all_unfinished(path.parent):
            _remove_remains(remains)
    except OSError as error:
        reason = error.strerror or str(error)
        raise TrainingError("the run folder cannot be made", path=path, found=reason) from None
    folder = RunFolder(path, at, replace=replace)
    folder.take()
    if at != path:
        _empty(at, but=LOCK)
        if not replace:
            try:
                refuse_occupied(path)
            except Conflict:
                folder.leave()
                raise
    return folder


def _remove_remains(hidden: Path) -> None:
    """Remove the hidden folder of a new run that was killed; one that a living process works in stays."""
    if not (hidden / LOCK).is_file() or is_held(hidden):
        return
    lock = FolderLock(hidden)
    with suppress(OSError):  # somebody else removes it too
        if lock.acquire():
            shutil.rmtree(hidden, ignore_errors=True)
    lock.release()


def _empty(folder: Path, *, but: str | None = None) -> None:
    for entry in folder.iterdir():
        if entry.name != but:
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry, ignore_errors=True)
            else:
                entry.unlink(missing_ok=True)
