"""What all exporters share: files and folders that are written whole or not at all, and words that fit a format."""

from __future__ import annotations

import gzip
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from dcell_graph.errors import Conflict, InputError, writing
from dcell_graph.snapshot.exchange.assembly import unfit_id
from dcell_graph.snapshot.schema import Snapshot


def check_ids(snapshot: Snapshot, source_format: str, *, blanks: bool = True) -> None:
    """Make sure that the ids of terms and genes fit a format.

    Args:
        snapshot: to be exported.
        source_format: name of the format, for the error.
        blanks: False if the format separates ids by blanks.

    Raises:
        InputError: an id does not fit.
    """
    for what, ids in (("term", snapshot.terms["term"]), ("gene", snapshot.genes["gene"])):
        for text in ids:
            why = unfit_id(text)
            if why is None and not blanks and text.split() != [text]:
                why = "it holds a blank"
            if why is not None:
                raise InputError(
                    f"the id of a {what} does not fit the format {source_format}",
                    expected="an id without blanks" if not blanks else "an id without control characters",
                    found=f"{text!r}: {why}",
                    hint="choose another format",
                )


def refuse_existing(target: Path) -> None:
    """Make sure that nothing is overwritten.

    Raises:
        Conflict: something has that name.
    """
    if target.exists() or target.is_symlink():
        raise Conflict(f"{target} exists already", expected="a name that is free", hint="remove it or name another")


@contextmanager
def parents_made(target: Path) -> Iterator[None]:
    """Make the folders above a place that are missing; if what follows fails, they are removed again, if empty.

    Args:
        target: the file or folder that is to be written; not made itself.

    Raises:
        OSError: a folder cannot be made.
    """
    missing = []
    above = target.parent
    while not above.exists() and above != above.parent:
        missing.append(above)
        above = above.parent
    made: list[Path] = []
    try:
        for parent in reversed(missing):
            parent.mkdir(exist_ok=True)
            made.append(parent)
        yield
    except BaseException:
        for parent in reversed(made):
            with suppress(OSError):  # somebody else put something into it
                parent.rmdir()
        raise


def write_file(target: Path, parts: Iterable[str]) -> None:
    """Write a new file beside its place and move it there when it is on disk.

    Args:
        target: must not exist; if its name ends in ``.gz``, the content is compressed.
        parts: of the text, in order.

    Raises:
        Conflict: the target exists.
        InputError: it cannot be written.
    """
    refuse_existing(target)
    content = "".join(parts).encode()
    with writing(target), parents_made(target):
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        scratch = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                # Without a time in it, the same content gives the same bytes.
                file.write(gzip.compress(content, mtime=0) if target.name.endswith(".gz") else content)
                file.flush()
                os.fsync(file.fileno())
            scratch.chmod(0o644)
            scratch.rename(target)
        finally:
            scratch.unlink(missing_ok=True)


def write_folder(target: Path, files: Mapping[str, str]) -> None:
    """Write a new folder beside its place and move it there when everything is on disk.

    Args:
        target: must not exist.
        files: text of each file by name.

    Raises:
        Conflict: the target exists.
        InputError: it cannot be written.
    """
    refuse_existing(target)
    with writing(target), parents_made(target):
        scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        try:
            for name, text in files.items():
                with (scratch / name).open("wb") as file:
                    file.write(text.encode())
                    file.flush()
                    os.fsync(file.fileno())
            scratch.chmod(0o755)
            scratch.rename(target)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
