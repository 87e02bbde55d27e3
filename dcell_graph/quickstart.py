"""The whole line once: data, database, snapshots, a trained model. Run again, it finds everything done."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dcell_graph.errors import NotFound, SettingsError
from dcell_graph.graph import load
from dcell_graph.graph.build import BuildResult, build_snapshot
from dcell_graph.graph.hand_over import read_snapshot
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.graph.session import open_database
from dcell_graph.measurements.dataset import Dataset
from dcell_graph.measurements.storage import import_dataset
from dcell_graph.settings import Settings
from dcell_graph.snapshot.recipe import Recipe, find_recipe, with_options
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.snapshot.storage import write_snapshot
from dcell_graph.sources.catalogue import Catalogue, Kind, load_catalogue
from dcell_graph.sources.fetch import network_available, resolve
from dcell_graph.sources.world import preset, write_world
from dcell_graph.types import Progress, silent
from dcell_graph.wording import counted

CUTOFF = "2017-07-19"
RECIPE = "torchcell-2025"
GENERATED_PREFIX = "generated-"
_EPOCHS = 4
_BATCH = 256


class _Clock:
    """Adds to each sentence how long its step took."""

    def __init__(self) -> None:
        self._started = self._last = time.monotonic()

    def lap(self, sentence: str) -> str:
        now = time.monotonic()
        seconds, self._last = now - self._last, now
        return f"{sentence} [{seconds:.1f} s]"

    def total(self) -> float:
        return time.monotonic() - self._started


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """The files that a quickstart works on.

    Args:
        origin: a sentence that says where they come from.
        prefix: of the names of snapshots, datasets and runs; marks a generated world.
        ontology: OBO file.
        annotations: GAF files by name, in the order that decides which record is listed last.
        compared: further GAF files to load, for comparison only.
        genome: features table.
        genome_name: what to call it.
        strains: table of measured strains.
        strains_name: what to call the dataset.
        strains_format: how to read the table.
        strains_member: name of the table in a zip archive.
        strains_limit: the most strains to take; None takes all.
    """

    origin: str
    prefix: str
    ontology: Path
    annotations: dict[str, Path]
    compared: dict[str, Path]
    genome: Path
    genome_name: str
    strains: Path
    strains_name: str
    strains_format: str
    strains_member: str | None = None
    strains_limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """Catalogue keys of one set of real files."""

    ontology: str
    annotations: dict[str, str]
    compared: dict[str, str]
    genome: str
    strains: str
    strains_format: str
    strains_limit: int | None = None


_MIRRORED = _Choice(
    ontology="go-2016-12-06",
    annotations={"sgd-2011-12-24": "sgd-2011-12-24", "goa_yeast-2019-10-15": "goa-yeast-2019-10-15"},
    compared={"goa_yeast-2016-10-03": "goa-yeast-2016-10-03"},
    genome="sgd-features",
    strains="sga-trigenic-small",
    strains_format="sga-trigenic",
)

# What lasting addresses are known for; the annotations follow the cut-off day, the strains are pairs of deletions.
_OFFICIAL = _Choice(
    ontology="go-basic-2019-10-07",
    annotations={"sgd-2019-10-07": "sgd/2019-10-07", "goa_yeast-current": "goa-yeast-current"},
    compared={},
    genome="sgd-features",
    strains="costanzo-2016",
    strains_format="sga-pairwise",
    # Of more than ten million: about as many as the mirrored table has, so that training takes as long.
    strains_limit=10_000,
)


def run_quickstart(settings: Settings, *, generated: bool = False, progress: Progress = silent) -> Iterator[str]:
    """Do the whole line, yielding a sentence after each step, with the seconds it took.

    Args:
        settings: where things live, and the mirror folder if there is one.
        generated: use a generated world even if real data can be had.
        progress: told about long steps.

    Raises:
        DcellGraphError: a step cannot be done; what was finished before it stays and is found again.
    """
    clock = _Clock()
    data = find_data(settings, generated=generated, progress=progress)
    yield clock.lap(f"Data: {data.origin}")
    with open_database(settings, start=True, progress=progress) as runner:
        yield clock.lap("Database: ready")
        release, sources = "", []
        for result in _loads(runner, data, progress):
            yield clock.lap(_told(result))
            yield from (f"  warning: {warning}" for warning in result.warnings)
            release = result.name if result.kind == "Release" else release
            if result.kind == "AnnotationFile" and result.name.removeprefix(data.prefix) in data.annotations:
                sources.append(result.name)
        snapshots = []
        for name, recipe in _snapshots(data):
            made = build_snapshot(
                runner, name, recipe, release=release, sources=sources, genome=data.genome_name, progress=progress
            )
            snapshots.append(read_snapshot(runner, name))
            yield clock.lap(_built(made))
    for snapshot in snapshots:
        write_snapshot(snapshot, settings.snapshots / snapshot.manifest.name)
    dataset = import_strains(settings, data, progress)
    yield clock.lap(_measured(dataset))
    folder = settings.runs / f"quickstart-{snapshots[0].manifest.name}"
    yield from _train(snapshots[0], dataset, folder, progress)
    yield clock.lap(f"Run {folder.name}: finished")
    yield from _closing(settings, data, snapshots, dataset, folder, clock.total())


def find_data(settings: Settings, *, generated: bool, progress: Progress = silent) -> Data:
    """Choose the data: the mirror folder if one is named, else the official addresses, else a generated world.

    Raises:
        SettingsError: the mirror folder does not exist.
        FetchError: the mirror folder lacks a file, or a download failed.
    """
    if generated:
        return _generated_world(settings, "a generated world, as asked for; NOT real data", progress)
    catalogue = load_catalogue()
    if settings.mirror is not None:
        if not settings.mirror.is_dir():
            raise SettingsError("the mirror folder does not exist", path=settings.mirror, hint="correct its name")
        return _real(_MIRRORED, f"real files of the mirror folder {settings.mirror}", settings, catalogue, progress)
    if network_available(catalogue):
        return _real(_OFFICIAL, "real files from the official addresses", settings, catalogue, progress)
    why = "no mirror folder is named and the official addresses cannot be reached: a generated world, NOT real data"
    return _generated_world(settings, why, progress)


def mirrored_files() -> list[tuple[str, Kind]]:
    """Catalogue keys, with their kinds, of the files that a quickstart takes from a mirror folder."""
    annotations = [*_MIRRORED.annotations.values(), *_MIRRORED.compared.values()]
    wanted: list[tuple[str, Kind]] = [(_MIRRORED.ontology, "ontology"), *((key, "annotations") for key in annotations)]
    return [*wanted, (_MIRRORED.genome, "genes"), (_MIRRORED.strains, "measurements")]


def import_strains(settings: Settings, data: Data, progress: Progress = silent) -> Dataset:
    """Import the measured strains of a quickstart, or a sample of them.

    Raises:
        InputError, FileRefused, Conflict: as ``storage.import_dataset``.
    """
    return import_dataset(
        data.strains,
        datasets=settings.datasets,
        name=data.prefix + data.strains_name,
        source_format=data.strains_format,
        member=data.strains_member,
        limit=data.strains_limit,
        progress=progress,
    )


def _real(choice: _Choice, origin: str, settings: Settings, catalogue: Catalogue, progress: Progress) -> Data:
    def get(key: str, kind: Kind) -> Path:
        return resolve(key, kind, settings=settings, catalogue=catalogue, progress=progress).path

    return Data(
        origin=origin,
        prefix="",
        ontology=get(choice.ontology, "ontology"),
        annotations={name: get(key, "annotations") for name, key in choice.annotations.items()},
        compared={name: get(key, "annotations") for name, key in choice.compared.items()},
        genome=get(choice.genome, "genes"),
        genome_name="sgd",
        strains=get(choice.strains, "measurements"),
        strains_name=choice.strains,
        strains_format=choice.strains_format,
        strains_member=catalogue.find(choice.strains, "measurements").member,
        strains_limit=choice.strains_limit,
    )


def _generated_world(settings: Settings, origin: str, progress: Progress) -> Data:
    config = preset("small")
    world = write_world(config, settings.downloads / config.release, progress=progress)
    return Data(
        origin=origin,
        prefix=GENERATED_PREFIX,
        ontology=world.ontology,
        annotations={"sgd": world.sgd_gaf, "goa": world.goa_gaf},
        compared={},
        genome=world.features,
        genome_name=GENERATED_PREFIX + "genome",
        strains=world.trigenic,
        strains_name="strains",
        strains_format="sga-trigenic",
    )


def _loads(runner: Neo4jRunner, data: Data, progress: Progress) -> Iterator[load.LoadResult]:
    yield load.load_genome(runner, data.genome, name=data.genome_name, progress=progress)
    yield load.load_ontology(runner, data.ontology, progress=progress)
    for name, path in {**data.annotations, **data.compared}.items():
        yield load.load_annotations(runner, path, name=data.prefix + name, progress=progress)


def _told(result: load.LoadResult) -> str:
    counts = ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in result.counts.items())
    return f"{result.kind} {result.name}: {counts}" + (" (there already)" if result.already else "")


def _measured(dataset: Dataset) -> str:
    counts = dataset.manifest.counts
    sample = f", a sample from a table of {counts.rows_read:,} rows" if counts.left_out else ""
    return f"Strains {dataset.manifest.name}: {counts.strains:,} measured{sample}"


def _built(made: BuildResult) -> str:
    counts = made.manifest.counts
    return (
        f"Snapshot {made.manifest.name}: {counted(counts['terms'], 'term')}, {counted(counts['links'], 'link')}, "
        f"{counted(counts['genes'], 'gene')}, {counted(counts['pairs'], 'pair')}"
        + (" (there already)" if made.already else "")
    )


def _snapshots(data: Data) -> Iterator[tuple[str, Recipe]]:
    recipe = find_recipe(RECIPE)
    yield data.prefix + CUTOFF, with_options(recipe, until=CUTOFF)
    yield f"{data.prefix}{CUTOFF}-unfiltered", recipe


def _train(snapshot: Snapshot, dataset: Dataset, folder: Path, progress: Progress) -> Iterator[str]:
    # torch takes seconds to import, and a quickstart that fails early should not wait for it.
    from dcell_graph.train.claim import clean_up
    from dcell_graph.train.config import TrainConfig
    from dcell_graph.train.run import run

    config = TrainConfig(epochs=_EPOCHS, batch_size=_BATCH, unknown_genes="ignore")
    asked = {
        "snapshot": snapshot.manifest.snapshot_id,
        "dataset": dataset.manifest.dataset_id,
        "options": config.model_dump(mode="json"),
    }
    clean_up(folder)
    if _finished(folder) == asked:
        yield f"Run {folder.name}: trained already from the same snapshot, strains and options"
        return
    lines: list[str] = []
    # The name is the quickstart's own: a run of other data, or of other options, makes room once this one is finished.
    run(snapshot, dataset, config, folder, replace=True, log=lines.append, progress=progress)
    yield from lines


def _finished(folder: Path) -> dict[str, object] | None:
    """What a finished run was made from, or None if the folder holds no finished run."""
    try:
        status = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if status.get("status") != "finished":
        return None
    return {
        "snapshot": config["snapshot"]["snapshot_id"],
        "dataset": config["dataset"]["dataset_id"],
        "options": config["options"],
    }


def _closing(
    settings: Settings, data: Data, snapshots: list[Snapshot], dataset: Dataset, folder: Path, seconds: float
) -> Iterator[str]:
    if not (folder / "model.safetensors").is_file():
        raise NotFound(f"the run in {folder} has no trained model", hint="remove the folder and run quickstart again")
    name = snapshots[0].manifest.name
    yield ""
    yield f"Done in {seconds:.0f} s." + (" GENERATED WORLD, not real data." if data.prefix else "")
    yield f"  trained model and pictures: {folder}"
    yield f"  snapshots:                  {settings.snapshots}"
    yield "  open the app:               make app   (or: dcell-graph app)"
    again = f"{sys.executable} -m dcell_graph.train --snapshot {name} --dataset {dataset.manifest.name}"
    yield f"  train again:                {again}"
