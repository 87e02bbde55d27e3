"""Every error that dcell-graph raises on purpose.

DcellGraphError
├── InputError            a file, row or option that cannot be used
│   └── FileRefused       a whole file was refused; nothing of it was stored
├── SettingsError         an environment variable or option has an unusable value
├── DatabaseError         the database is missing, unreachable or not what was expected
│   ├── ServerError       the embedded server cannot be fetched, started or stopped
│   └── Busy              another command is writing the same thing
├── NotFound              a release, snapshot, dataset or run of that name does not exist
├── Conflict              the name exists already with other content
├── RecipeError           a snapshot recipe that makes no sense
├── SnapshotError         a snapshot that is damaged, of a newer format or breaks its own rules
├── FetchError            a download failed or is not the file that was asked for
└── TrainingError         a model or run that cannot be built or continued

A message is one sentence that names the thing, the place, what was expected, what was found and what to do next.
Doors print it and exit with status 1; they never show a traceback for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class DcellGraphError(Exception):
    """Base of all errors of the package.

    Args:
        what: the problem, without a final full stop.
        path: the file concerned, if any.
        line: the line in that file, counted from 1.
        expected: what would have been right.
        found: what was there instead.
        hint: what the user can do next.
    """

    def __init__(
        self,
        what: str,
        *,
        path: Path | str | None = None,
        line: int | None = None,
        expected: str | None = None,
        found: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.what = what
        self.path = None if path is None else str(path)
        self.line = line
        self.expected = expected
        self.found = found
        self.hint = hint
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        place = "" if self.path is None else self.path + ("" if self.line is None else f":{self.line}") + ": "
        facts = [
            f"{label} {text}"
            for label, text in (("expected", self.expected), ("found", self.found))
            if text is not None
        ]
        sentence = place + self.what + (": " + ", ".join(facts) if facts else "")
        return sentence + ("" if self.hint is None else f"; {self.hint}")


class InputError(DcellGraphError):
    """A file, row or option that cannot be used."""


class FileRefused(InputError):
    """A whole file was refused; nothing of it was stored."""


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn the system's refusal to write (disk full, read-only, no such folder) into a sentence.

    Raises:
        InputError: in place of any OSError.
    """
    try:
        yield
    except OSError as error:
        raise InputError("this cannot be written", path=path, found=error.strerror or str(error)) from None


class SettingsError(DcellGraphError):
    """An environment variable or option has an unusable value."""


class DatabaseError(DcellGraphError):
    """The database is missing, unreachable or not what was expected."""


class ServerError(DatabaseError):
    """The embedded server cannot be fetched, started or stopped."""


class Busy(DatabaseError):
    """Another command is writing the same thing at this moment."""


class NotFound(DcellGraphError):
    """A release, annotation file, snapshot, dataset or run of that name does not exist."""


class Conflict(DcellGraphError):
    """The name exists already, with other content."""


class RecipeError(DcellGraphError):
    """A snapshot recipe that makes no sense."""


class SnapshotError(DcellGraphError):
    """A snapshot that is damaged, of a newer format or breaks its own rules."""


class FetchError(DcellGraphError):
    """A download failed or is not the file that was asked for."""


class TrainingError(DcellGraphError):
    """A model or run that cannot be built or continued."""
