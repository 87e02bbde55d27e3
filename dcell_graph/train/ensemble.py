"""Several models of different seeds trained as one run, and what they say together.

The folder of an ensemble is a run folder whose models are run folders too:

config.json, run.json, log.txt   as in any run; ``epochs`` in run.json counts those of all members
members/N                        a whole run of seed seed + N - 1; all members divide the strains alike
predictions.csv                  as in any run, with the mean over the members and their sample sd
predictions_vs_targets, errors   pictures of the mean
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dcell_graph.errors import DcellGraphError, InputError, TrainingError
from dcell_graph.measurements.dataset import Dataset
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.train.canvas import write_figure
from dcell_graph.train.claim import existing_folder, new_folder
from dcell_graph.train.combining import combined, parts_of
from dcell_graph.train.config import TrainConfig
from dcell_graph.train.course import reason_of
from dcell_graph.train.files import write_whole
from dcell_graph.train.folder import RunFolder
from dcell_graph.train.group import ALONE, Group
from dcell_graph.train.log import Listener, RunLog, nobody
from dcell_graph.train.members import member_path
from dcell_graph.train.origin import refuse_other_ids
from dcell_graph.train.place import CONFIG, RESUME, STATUS, read_object, refuse_occupied, resume_command
from dcell_graph.train.plots import ERRORS, SCATTER
from dcell_graph.train.preparation import prepare
from dcell_graph.train.records import LOG, PREDICTIONS, Places, SetMeasures
from dcell_graph.train.reporting import caption_of, measures_of, result_lines
from dcell_graph.train.result_plots import error_figure, scatter_figure
from dcell_graph.train.run import description_of, interruptions, resume_run, run
from dcell_graph.train.signals import Interruptions
from dcell_graph.train.subject import Subject
from dcell_graph.types import Progress, silent
from dcell_graph.wording import counted

_PASSED_ON = ("Epoch", "Ends early", "Kept", "⚠", "Resuming", "Lost")
"""Beginnings of the lines of later members that are passed on; the others are in the members' own logs only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnsembleResult:
    """What a finished ensemble leaves.

    Args:
        folder: the run folder.
        members: the run folders of its models.
        measures: of the mean of their predictions, for each set of strains.
    """

    folder: Path
    members: tuple[Path, ...]
    measures: tuple[SetMeasures, ...]


def run_ensemble(
    snapshot: Snapshot,
    dataset: Dataset,
    config: TrainConfig,
    folder: Path,
    *,
    places: Places | None = None,
    log: Listener = nobody,
    progress: Progress = silent,
    stop: Interruptions | None = None,
    group: Group = ALONE,
) -> EnsembleResult:
    """Train ``config.ensemble`` models of different seeds on the same division of the strains.

    The folder appears at once, and goes again if no model has a whole epoch when the run stops.

    Args:
        snapshot: gives the structure of the models.
        dataset: gives strains and phenotypes.
        config: all options; member N has the seed ``seed`` + N - 1.
        folder: the run folder; must not exist or be empty.
        places: where both were found; None: under their names.
        log: told each line of the log.
        progress: told the number of epochs done, and of batches of the present one.
        stop: how signals are answered, if the caller has entered that already.
        group: this process alone; several are refused.

    Raises:
        DcellGraphError: as ``run.run``.
        KeyboardInterrupt: as ``run.run``.
    """
    _refuse_several(group)
    refuse_occupied(folder)
    config = config.settled()
    folder = folder.absolute()
    subject = _subject(snapshot, dataset, config)
    described = description_of(subject, prepare(snapshot, dataset, config), config, places)
    made = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    with interruptions(stop) as stop:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with new_folder(folder, stop) as run_folder:
                run_folder.create(described, generated=subject.generated)
                work = _Work(snapshot, dataset, config, run_folder, places, RunLog(log), progress, stop)
                work.say.write_to(lambda: run_folder.file(LOG))
                return work.do(config.epochs)
        finally:
            for parent in made:
                with suppress(OSError):
                    parent.rmdir()


def resume_ensemble(
    snapshot: Snapshot,
    dataset: Dataset,
    folder: Path,
    *,
    epochs: int | None = None,
    places: Places | None = None,
    log: Listener = nobody,
    progress: Progress = silent,
    stop: Interruptions | None = None,
    group: Group = ALONE,
) -> EnsembleResult:
    """Go on with an ensemble: with each member after its last whole epoch, as if it had never stopped.

    Args:
        snapshot: the one of the run.
        dataset: the one of the run.
        folder: the run folder.
        epochs: passes over the strains in all; None: as many as were asked for.
        places: where snapshot and dataset were found; None: under their names.
        log: told each line of the log.
        progress: told the number of epochs done, and of batches of the present one.
        stop: how signals are answered, if the caller has entered that already.
        group: this process alone; several are refused.

    Raises:
        DcellGraphError: as ``run.resume_run``.
        KeyboardInterrupt: as ``run.run``.
    """
    _refuse_several(group)
    with interruptions(stop) as stop, existing_folder(folder, stop) as run_folder:
        described = read_object(folder / CONFIG) or {}
        refuse_other_ids(folder, described, snapshot.manifest, dataset.manifest)
        config = _options(folder, described)
        wanted = config.epochs if epochs is None else epochs
        work = _Work(snapshot, dataset, config, run_folder, places, RunLog(log), progress, stop)
        if run_folder.is_finished and all(work.is_done(number, wanted) for number in work.numbers):
            raise InputError(
                "the run has done these epochs already",
                path=folder,
                expected="--epochs with more of them, counted from the beginning of the run",
                found=str(wanted),
            )
        config = config.model_copy(update={"epochs": max(config.epochs, wanted)})
        subject = _subject(snapshot, dataset, config)
        run_folder.go_on(description_of(subject, prepare(snapshot, dataset, config), config, places))
        work.say(f"Resuming the ensemble {run_folder.path.name}")
        return work.do(wanted)


class _Work:
    """An ensemble in progress."""

    def __init__(
        self,
        snapshot: Snapshot,
        dataset: Dataset,
        config: TrainConfig,
        folder: RunFolder,
        places: Places | None,
        say: RunLog,
        progress: Progress,
        stop: Interruptions,
    ) -> None:
        self.say = say
        self.numbers = range(1, config.ensemble + 1)
        self._snapshot, self._dataset, self._config = snapshot, dataset, config
        self._folder, self._places, self._progress, self._stop = folder, places, progress, stop

    def do(self, epochs: int) -> EnsembleResult:
        """Train what is not trained yet; however that ends, the folder says how."""
        last = self._config.seed + self._config.ensemble - 1
        self.say(
            f"Ensemble of {counted(self._config.ensemble, 'model')}, seeds {self._config.seed} to {last}, "
            f"one division of the strains ({_division(self._config)})"
        )
        try:
            for number in self.numbers:
                if not self.is_done(number, epochs):
                    self._member(number, epochs)
            results = self._results()
            with self._stop.held():
                self._folder.end("finished", **results)
        except BaseException as error:
            self._stop.stopping()
            reason = str(error) if isinstance(error, DcellGraphError) else reason_of(error)
            if self._folder.keeps_epochs:
                self._folder.end("stopped", reason=reason, epochs=self._epochs_done())
                self.say(f"Stopped: {reason}")
                self.say(f"To go on: {resume_command(self._folder.path)}")
            raise
        return EnsembleResult(
            folder=self._folder.path,
            members=tuple(self._path(number) for number in self.numbers),
            measures=tuple(SetMeasures(**one) for one in results["measures"]),
        )

    def is_done(self, number: int, epochs: int) -> bool:
        """Whether a member has its results after so many epochs, or after fewer if it ended early."""
        status = read_object(self._path(number) / STATUS) or {}
        return status.get("status") == "finished" and (
            int(status.get("epochs", 0)) >= epochs or bool(status.get("ended_early"))
        )

    def _path(self, number: int) -> Path:
        return member_path(self._folder.path, number)

    def _member(self, number: int, epochs: int) -> None:
        def listen(line: str) -> None:
            if number == self.numbers[0] or line.startswith(_PASSED_ON):
                self.say(f"[{number}/{len(self.numbers)}] {line}")

        def note(step: str, done: int, total: int | None) -> None:
            if step == "training":
                with self._stop.held():
                    self._folder.epoch_done(self._epochs_done())
                step = f"training, model {number} of {len(self.numbers)}"
            self._progress(step, done, total)

        path = self._path(number)
        shared: dict[str, Any] = {"places": self._places, "stop": self._stop, "entry": self._folder.path}
        if (path / RESUME).is_file():
            resume_run(self._snapshot, self._dataset, path, epochs=epochs, log=listen, progress=note, **shared)
        else:
            own = self._of(number, epochs)
            run(self._snapshot, self._dataset, own, path, log=listen, progress=note, **shared)

    def _of(self, number: int, epochs: int) -> TrainConfig:
        own = {"ensemble": 1, "epochs": epochs, "seed": self._config.seed + number - 1}
        return self._config.model_copy(update={**own, "split_seed": _split_seed(self._config)})

    def _epochs_done(self) -> int:
        return sum(int((read_object(self._path(number) / STATUS) or {}).get("epochs", 0)) for number in self.numbers)

    def _results(self) -> dict[str, Any]:
        """Write predictions and pictures of the mean.

        Returns:
            What run.json says about the results.
        """
        folder = self._folder
        self.say.write_to(lambda: folder.file(LOG))
        table = combined([self._path(number) / PREDICTIONS for number in self.numbers])
        write_whole(folder.file(PREDICTIONS), lambda target: table.to_csv(target, index=False, lineterminator="\n"))
        parts = list(parts_of(table))
        caption = caption_of(_subject(self._snapshot, self._dataset, self._config), self._config, len(parts[0].strains))
        write_figure(folder.file(SCATTER), scatter_figure(caption, parts))
        write_figure(folder.file(ERRORS), error_figure(caption, parts))
        measures = [measures_of(part) for part in parts]
        for line in result_lines(measures):
            self.say(f"Mean of the models: {line}")
        self.say(f"Run folder: {folder.path}")
        members = [read_object(self._path(number) / STATUS) or {} for number in self.numbers]
        return {
            "epochs": self._epochs_done(),
            "measures": [asdict(one) for one in measures],
            "members": [{name: one.get(name) for name in ("epochs", "kept_epoch", "measures")} for one in members],
        }


def _subject(snapshot: Snapshot, dataset: Dataset, config: TrainConfig) -> Subject:
    hierarchy = Hierarchy.from_snapshot(snapshot, config.architecture)
    return Subject(snapshot=snapshot.manifest, dataset=dataset.manifest, hierarchy=hierarchy)


def _options(folder: Path, described: dict[str, Any]) -> TrainConfig:
    try:
        return TrainConfig.model_validate(described.get("options"))
    except ValidationError as error:
        raise TrainingError(
            "the options of the run cannot be used", path=folder / CONFIG, found=error.errors()[0]["msg"]
        ) from None


def _refuse_several(group: Group) -> None:
    if group.size > 1:
        raise InputError(
            "an ensemble is trained by one process",
            expected="one process, or under torchrun a run of its own for each seed",
            found=counted(group.size, "process", "processes"),
        )


def _division(config: TrainConfig) -> str:
    return f"seed {_split_seed(config)}" if config.split is None else f"stored split {config.split}"


def _split_seed(config: TrainConfig) -> int:
    return config.seed if config.split_seed is None else config.split_seed
