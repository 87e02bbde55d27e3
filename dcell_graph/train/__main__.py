"""``python -m dcell_graph.train``: train DCell on a snapshot."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dcell_graph.cli.errors import INTERRUPTED, friendly_errors, report
from dcell_graph.errors import Conflict, DatabaseError, InputError, NotFound
from dcell_graph.measurements.dataset import Dataset
from dcell_graph.measurements.storage import find_dataset, read_dataset
from dcell_graph.settings import Settings, read_settings, wait_passively
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.snapshot.storage import read_snapshot
from dcell_graph.train.bar import training_bar
from dcell_graph.train.finding import find_run, known_place, run_config
from dcell_graph.train.place import MEMBERS, RESUME, resume_command, unfinished
from dcell_graph.train.signals import Interruptions, Terminated
from dcell_graph.types import Progress

if TYPE_CHECKING:  # torch is imported later, see below
    from dcell_graph.train.group import Group

RESUME_WORDS = ("snapshot", "dataset", "epochs")
TERMINATED = 128 + signal.SIGTERM

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help="Train DCell on a snapshot.")

Option = typer.Option


@app.command()
@friendly_errors()
def main(
    snapshot: Annotated[str | None, Option(help="Name of a snapshot, or a folder that holds one.")] = None,
    dataset: Annotated[str | None, Option(help="Name or folder of a dataset; default: the only one imported.")] = None,
    config: Annotated[Path | None, Option(help="TOML file with the same words as keys; options win over it.")] = None,
    epochs: Annotated[int | None, Option(help="Passes over the training strains (default 30).")] = None,
    batch_size: Annotated[int | None, Option(help="Strains a step (default 32).")] = None,
    batches: Annotated[
        str | None, Option(help="random, or tiles: some query genes against some array genes (default random).")
    ] = None,
    optimiser: Annotated[str | None, Option(help="adamw or adam (default adamw).")] = None,
    lr: Annotated[float | None, Option(help="Highest learning rate (default 0.001).")] = None,
    schedule: Annotated[
        str | None, Option(help="Learning rate after the warm-up: constant, plateau or cosine (default constant).")
    ] = None,
    warmup: Annotated[float | None, Option(help="Epochs in which the learning rate grows from 0 (default 0).")] = None,
    weight_decay: Annotated[float | None, Option(help="Weight decay (default 0.000001).")] = None,
    clip_norm: Annotated[float | None, Option(help="Largest norm of the gradient; 0: no limit (default 10).")] = None,
    monitor: Annotated[
        str | None, Option(help="What the best epoch is chosen by: loss or correlation (default loss).")
    ] = None,
    patience: Annotated[
        int | None, Option(help="End after so many epochs in a row without a new best (default: never).")
    ] = None,
    sample_weights: Annotated[
        str | None, Option(help="Weight of strains in the loss: equal or inverse_variance, 1/sd² (default equal).")
    ] = None,
    precision: Annotated[str | None, Option(help="float32, float64 or bfloat16 (default float32).")] = None,
    seed: Annotated[int | None, Option(help="Of first weights, split and order of strains (default 0).")] = None,
    split: Annotated[str | None, Option(help="A stored split of the dataset (default: by fractions and seed).")] = None,
    split_seed: Annotated[int | None, Option(help="Of the split alone (default: the seed).")] = None,
    ensemble: Annotated[int | None, Option(help="Train so many models, of seeds seed, seed + 1, ...")] = None,
    device: Annotated[str | None, Option(help="cpu, cuda, mps (default cpu).")] = None,
    threads: Annotated[int | None, Option(help="Threads to compute with; default: torch decides.")] = None,
    model: Annotated[str | None, Option(help="vectorised or reference (default vectorised).")] = None,
    norm: Annotated[str | None, Option(help="batch, layer, instance or none (default batch).")] = None,
    activation: Annotated[
        str | None, Option(help="tanh, relu, leaky_relu, gelu, selu, elu or linear (default tanh).")
    ] = None,
    layers: Annotated[int | None, Option(help="Linear layers in a subsystem, 1 or 2 (default 1).")] = None,
    init_range: Annotated[float | None, Option(help="Subsystem weights start within ± this (default 0.001).")] = None,
    alpha: Annotated[float | None, Option(help="Weight of the heads of all other terms (default 0.3).")] = None,
    aux_reduction: Annotated[
        str | None, Option(help="How their losses are combined: sum or mean (default sum).")
    ] = None,
    unknown_genes: Annotated[
        str | None,
        Option(help="Strains with a gene that the snapshot cannot see: leave-out or ignore (default leave-out)."),
    ] = None,
    overfit: Annotated[int | None, Option(help="Train and evaluate on the first N strains, in one batch.")] = None,
    recalibrate: Annotated[
        bool | None, Option(help="Batch norm: measure its statistics anew after each epoch (default: yes).")
    ] = None,
    track: Annotated[
        list[str] | None, Option(help="Send each epoch's numbers to tensorboard, wandb or mlflow; may be repeated.")
    ] = None,
    run_name: Annotated[str | None, Option(help="Name of the run folder below the folder of runs.")] = None,
    out: Annotated[Path | None, Option(help="The run folder itself.")] = None,
    resume: Annotated[
        str | None,
        Option(
            help="Go on with the run of that folder, or of that name, after its last whole epoch; beside it only "
            "--epochs (in all, counted from the beginning), and --snapshot and --dataset if they have moved."
        ),
    ] = None,
) -> None:
    """Train DCell on a snapshot and write a run folder: log, metrics, weights, predictions and pictures."""
    given = {name: value for name, value in locals().items() if value not in (None, [])}
    if resume is not None:
        _resume(resume, {name: value for name, value in given.items() if name != "resume"})
    else:
        _train(config=given.pop("config", None), given=given)


def _train(*, config: Path | None, given: dict[str, Any]) -> None:
    # torch takes seconds to import: --help and a wrong option should not wait for it.
    from dcell_graph.train.config import RUN_KEYS, read_config_file, train_config
    from dcell_graph.train.distributed import processes
    from dcell_graph.train.records import Places
    from dcell_graph.train.start import start

    from_file = {} if config is None else read_config_file(config)
    where = {key: given.pop(key, from_file.get(key)) for key in RUN_KEYS}
    options = train_config(from_file, given, path=config)
    settings = read_settings()
    with processes(options.device) as group:
        snapshot = _first_alone(group, lambda: find_snapshot(settings, where["snapshot"]))
        dataset = read_dataset(find_dataset(settings.datasets, where["dataset"]))
        folder = _run_folder(settings, where, snapshot, dataset)
        _use_threads(options.threads)
        places = Places(
            snapshot=place_of(where["snapshot"]),
            dataset=dataset.manifest.name if where["dataset"] is None else place_of(where["dataset"]),
        )

        def train(stop: Interruptions, progress: Progress) -> None:
            start(
                snapshot, dataset, options, folder, places=places, log=_say, progress=progress, stop=stop, group=group
            )

        _until_stopped(folder, train)


def _resume(name: str, given: dict[str, Any]) -> None:
    strange = [word for word in given if word not in RESUME_WORDS]
    if strange:
        raise InputError(
            "a resumed run keeps its options",
            expected="nothing beside --resume but " + ", ".join(f"--{word}" for word in RESUME_WORDS),
            found=", ".join(f"--{word.replace('_', '-')}" for word in strange),
        )
    epochs = given.get("epochs")
    if epochs is not None and epochs < 1:
        raise InputError("the option --epochs cannot be used", expected="1 or more", found=str(epochs))
    settings = read_settings()
    folder = find_run(settings, name)
    config = run_config(folder)
    names = {what: given.get(what) or known_place(config, what) for what in ("snapshot", "dataset")}

    from dcell_graph.train.distributed import processes
    from dcell_graph.train.records import Places
    from dcell_graph.train.start import go_on

    with processes(str(config["options"].get("device", "cpu"))) as group:
        snapshot = _first_alone(group, lambda: find_snapshot(settings, names["snapshot"]))
        dataset = read_dataset(find_dataset(settings.datasets, names["dataset"]))
        _use_threads(config["options"].get("threads"))
        places = Places(snapshot=place_of(names["snapshot"]), dataset=place_of(names["dataset"]))

        def train(stop: Interruptions, progress: Progress) -> None:
            go_on(
                snapshot, dataset, folder, epochs=epochs, places=places, log=_say, progress=progress, stop=stop,
                group=group,
            )  # fmt: skip

        _until_stopped(folder, train)


def _first_alone(group: Group, look_up: Callable[[], Snapshot]) -> Snapshot:
    """Let the first process look a snapshot up, which may write it, before the others read it."""
    found = look_up() if group.leads else None
    group.wait()
    return look_up() if found is None else found


def _until_stopped(folder: Path, train: Callable[[Interruptions, Progress], None]) -> None:
    """Train; if the user stops it, the last line says how to go on."""
    with Interruptions() as stop:
        try:
            with training_bar() as progress:
                train(stop, progress)
        except KeyboardInterrupt as error:
            stop.stopping()
            terminated = isinstance(error, Terminated)
            kept = (folder / RESUME).is_file() or (folder / MEMBERS).is_dir()
            way_on = f"; to go on: {resume_command(folder)}" if kept else ""
            report(("terminated" if terminated else "interrupted") + way_on)
            if __name__ == "__main__":
                stop.end_of_program()
            raise SystemExit(TERMINATED if terminated else INTERRUPTED) from None


def place_of(name: str) -> str:
    """How a snapshot or dataset is found again from anywhere: a folder by its whole path, else by its name."""
    return str(Path(name).absolute()) if (Path(name) / "manifest.json").is_file() else name


def _use_threads(threads: int | None) -> None:
    import torch

    if threads is not None:
        torch.set_num_threads(threads)


def find_snapshot(settings: Settings, name: str | None) -> Snapshot:
    """A folder with a manifest, else an exported snapshot of that name if the database agrees, else the one there.

    Raises:
        NotFound: there is none.
        SnapshotError: it is damaged.
        Conflict: the exported snapshot and the one in the database differ.
        DatabaseError: there is no exported one, and the database cannot be asked.
    """
    if not name:
        raise InputError("no snapshot was named", hint="name one with --snapshot NAME or --snapshot FOLDER")
    if (Path(name) / "manifest.json").is_file():
        return read_snapshot(Path(name))
    if len(Path(name).parts) > 1:
        raise NotFound(f"there is no snapshot in {name}", expected="a folder with manifest.json")
    # Only now: a folder is trained on without the database and its driver.
    from dcell_graph.graph.hand_over import fetch_snapshot, stored_id

    exported = settings.snapshots / name
    if (exported / "manifest.json").is_file():
        return _agreed(read_snapshot(exported), exported, stored_id(settings, name))
    try:
        return fetch_snapshot(settings, name)
    except DatabaseError as error:
        raise DatabaseError(
            f"there is no exported snapshot {name} in {settings.snapshots}, and the database cannot be asked "
            f"({error.what})",
            hint=error.hint,
        ) from None


def _agreed(snapshot: Snapshot, folder: Path, stored: str | None) -> Snapshot:
    """An exported snapshot, unless the database has another one under its name."""
    found = snapshot.manifest.snapshot_id
    if stored not in (None, found):
        raise Conflict(
            f"the exported snapshot {snapshot.manifest.name} is not the one in the database",
            expected=f"id {str(stored)[:12]}",
            found=f"id {found[:12]} in {folder}",
            hint="remove that folder and export the snapshot again",
        )
    return snapshot


def _run_folder(settings: Settings, where: dict[str, Any], snapshot: Snapshot, dataset: Dataset) -> Path:
    if where["out"] is not None:
        return Path(where["out"])
    if where["run_name"] is not None:
        return settings.runs / _one_folder(where["run_name"])
    moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    name = f"{snapshot.manifest.name}-{dataset.manifest.name}-{moment}"
    folder = settings.runs / name.replace("/", "_")
    number = 1
    while folder.exists() or unfinished(folder).exists():
        number += 1
        folder = folder.with_name(f"{name}-{number}")
    return folder


def _one_folder(name: str) -> str:
    if name in ("", ".", "..") or Path(name).name != name:
        raise InputError(
            "the run cannot have this name", expected="one folder name, or a path with --out", found=repr(name)
        )
    return name


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    wait_passively()
    # The log has signs that an old terminal may lack; a question mark is better than an error.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    app()
