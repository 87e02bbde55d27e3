"""The folder of a run: when it appears, who may write into it, and what it says about its run.

A new run works in a hidden folder beside its own, ``.NAME.unfinished``, which gets the run's name after the first whole
epoch. So a run folder that can be seen holds a whole epoch, from which the run can be resumed, however it was ended.
A run that replaces an earlier one (the quickstart's) takes its place only when it is finished.
"""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from dcell_graph.errors import Conflict, NotFound, TrainingError
from dcell_graph.train.files import write_json
from dcell_graph.train.lock import FolderLock
from dcell_graph.train.place import CONFIG, FORMAT, STATUS, VERSION, read_object, refuse_occupied, replaced

Status = Literal["running", "finished", "stopped"]

_TRIES = 3
_RESULTS = ("kept_epoch", "best_epoch", "measures")


class RunFolder:
    """The folder of one run. Use ``claim.new_folder`` or ``claim.existing_folder`` to get one.

    Args:
        path: where the run is found.
        at: where its files are at present.
        replace: it takes the place of an earlier folder, and only when the run is finished.
    """

    def __init__(self, path: Path, at: Path, *, replace: bool = False) -> None:
        self.path = path
        self.at = at
        self._replace = replace
        self._status: dict[str, Any] = {}
        self._lock = FolderLock(at)
        self._changed = False
        self._config_due: dict[str, Any] | None = None

    @property
    def keeps_epochs(self) -> bool:
        """Whether this process has added a whole epoch that stays even if the run stops now."""
        return self._changed and not self._replace

    @property
    def is_finished(self) -> bool:
        """Whether the folder says that all its epochs and results are there."""
        return self._status.get("status") == "finished"

    def file(self, name: str) -> Path:
        """Where a file of that name is at present."""
        return self.at / name

    def create(self, config: dict[str, Any], *, generated: bool) -> None:
        """Say what is run, and that it is going on.

        Raises:
            TrainingError: a file cannot be written.
        """
        write_json(self.file(CONFIG), config)
        self._status = {
            "format": FORMAT,
            "version": VERSION,
            "generated": generated,
            "status": "running",
            "reason": None,
            "process": os.getpid(),
            "started": now(),
            "ended": None,
            "epochs": 0,
            "resumed": [],
        }
        write_json(self.file(STATUS), self._status)

    def go_on(self, config: dict[str, Any]) -> None:
        """Resume the run that is there. The folder stays as it is until another epoch is whole; then it says this.

        Args:
            config: what is run now.
        """
        self._config_due = config

    def epoch_done(self, number: int) -> None:
        """Say that an epoch is whole and on disk. A new run's folder appears with its first one.

        Raises:
            TrainingError: a file cannot be written.
            Conflict: another run has taken the name.
        """
        if not self._changed and self._status["epochs"]:
            resumed = {"at": now(), "after_epoch": self._status["epochs"]}
            self._status["resumed"] = [*self._status.get("resumed", ()), resumed]
        self._status |= {"status": "running", "reason": None, "process": os.getpid(), "ended": None, "epochs": number}
        for name in _RESULTS:
            self._status.pop(name, None)
        if self._config_due is not None:
            write_json(self.file(CONFIG), self._config_due)
            self._config_due = None
        write_json(self.file(STATUS), self._status)
        self._changed = True
        if self.at != self.path and not self._replace:
            self._appear()

    def end(self, status: Status, *, reason: str | None = None, **results: Any) -> None:
        """Say how the run ended; may be called again with more results.

        Raises:
            TrainingError: a file cannot be written.
        """
        self._status |= {"status": status, "reason": reason, "ended": now(), **results}
        write_json(self.file(STATUS), self._status)
        if self._replace and status == "finished":
            self._take_place()

    def take(self) -> None:
        """Keep other processes out.

        Raises:
            Conflict: one of them is at work.
            TrainingError: the folder cannot be written.
        """
        for attempt in range(_TRIES):
            try:
                self.at.mkdir(parents=True, exist_ok=True)
                free = self._lock.acquire()
                break
            except OSError as error:
                # Somebody who cleans up may remove a folder that is empty yet: it is made again.
                if not isinstance(error, FileNotFoundError) or attempt == _TRIES - 1:
                    reason = error.strerror or str(error)
                    raise TrainingError("the run folder cannot be written", path=self.path, found=reason) from None
        if not free:
            raise Conflict(
                "another process is training into this folder",
                path=self.path,
                hint="wait until it ends, or name another folder with --out",
            )

    def leave(self) -> None:
        """Let others in; whatever is not worth keeping goes."""
        if self.at == self.path:
            self._lock.release(self.at)
        else:
            shutil.rmtree(self.at, ignore_errors=True)
            self._lock.release()

    def read_status(self) -> None:
        """Take over what the folder says about its run.

        Raises:
            NotFound: it says nothing.
        """
        status = read_object(self.file(STATUS))
        if status is None or status.get("format") != FORMAT:
            raise NotFound(f"there is no run in {self.path}", expected=f"a folder with {STATUS}")
        self._status = status

    def _appear(self) -> None:
        try:
            self.at.rename(self.path)
        except OSError as error:
            if self.path.exists():
                refuse_occupied(self.path)
            reason = error.strerror or str(error)
            raise TrainingError("the run folder cannot be made", path=self.path, found=reason) from None
        self.at = self.path

    def _take_place(self) -> None:
        """Between the two renamings neither has the name; ``claim.clean_up`` then puts the earlier one back."""
        earlier = replaced(self.path)
        try:
            if self.path.exists():
                self.path.rename(earlier)
            self.at.rename(self.path)
        except OSError as error:
            reason = error.strerror or str(error)
            raise TrainingError("the run folder cannot be replaced", path=self.path, found=reason) from None
        self.at = self.path
        shutil.rmtree(earlier, ignore_errors=True)


def now() -> str:
    """The time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
