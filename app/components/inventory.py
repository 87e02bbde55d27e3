"""What the overview shows, read from the database and the folders in one go and put into tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from components.run_data import read_runs
from dcell_graph.errors import DcellGraphError
from dcell_graph.graph import server
from dcell_graph.graph.load import loaded
from dcell_graph.graph.records import AS_ANNOTATED
from dcell_graph.graph.session import open_database
from dcell_graph.measurements.manifest import DatasetManifest
from dcell_graph.measurements.storage import list_datasets
from dcell_graph.settings import Settings
from dcell_graph.train.listing import RunSummary


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """Everything there is.

    Args:
        database: facts about the database in use, by label.
        problem: why the database cannot be read, or None.
        damaged: why the datasets cannot be listed, or None.
        things: what is loaded or built: kind, name, properties.
        unfinished: kind and name of what was begun and never finished, so that it is not visible.
        run_list: the training runs.
        dataset_list: the imported datasets.
    """

    database: dict[str, str]
    problem: str | None = None
    damaged: str | None = None
    things: list[dict[str, Any]] = field(default_factory=list)
    unfinished: list[tuple[str, str]] = field(default_factory=list)
    run_list: list[RunSummary] = field(default_factory=list)
    dataset_list: list[DatasetManifest] = field(default_factory=list)

    @property
    def generated(self) -> bool:
        """Whether anything comes from a generated world."""
        marks = [bool(thing["properties"].get("generated")) for thing in self.things]
        marks += [run.generated for run in self.run_list] + [made.generated for made in self.dataset_list]
        return any(marks)

    def totals(self) -> list[tuple[str, int]]:
        """The headline numbers."""
        return [
            ("Ontology releases", len(self._of("Release"))),
            ("Annotation files", len(self._of("AnnotationFile"))),
            ("Annotations", sum(thing.get("annotations", 0) for thing in self._of("AnnotationFile"))),
            ("Snapshots", len(self._of("Snapshot"))),
            ("Datasets", len(self.dataset_list)),
            ("Runs", len(self.run_list)),
        ]

    def next_steps(self) -> Iterator[str]:
        """What to do when something is missing, the first thing first."""
        if self.problem is not None:
            return
        if not self.things:
            yield "Nothing is loaded yet. `make quickstart` does the whole line once, or load your own files:"
        if not self._of("Release"):
            yield "Load an ontology: `dcell-graph load ontology FILE`"
        if not self._of("AnnotationFile"):
            yield "Load annotations: `dcell-graph load annotations FILE`"
        if self._of("Release") and self._of("AnnotationFile") and not self._of("Snapshot"):
            yield "Build a snapshot: `dcell-graph snapshot build NAME --recipe default`"
        if self._of("Snapshot") and not self.dataset_list:
            yield "Import measured strains: `dcell-graph dataset import FILE --name NAME`"
        if self._of("Snapshot") and self.dataset_list and not self.run_list:
            yield "Train a model: `python -m dcell_graph.train --snapshot NAME`"

    def snapshots(self) -> pd.DataFrame:
        """Snapshots with their sizes."""
        return _frame(
            self._of("Snapshot"),
            {
                "name": "Snapshot",
                "recipe": "Recipe",
                "release": "Ontology",
                "sources": "Annotations",
                "terms": "Terms",
                "leaves": "Leaves",
                "links": "Links",
                "genes": "Genes",
                "pairs": "Pairs",
                "snapshot_id": "Id",
                "generated": "Generated",
            },
        )

    def releases(self) -> pd.DataFrame:
        """Ontology releases."""
        columns = {"name": "Release", "date": "Date", "terms": "Terms", "live": "Live", "edges": "Links"}
        return _frame(self._of("Release"), columns | {"sha256": "Checksum", "generated": "Generated"})

    def annotation_files(self) -> pd.DataFrame:
        """Annotation files with the fate of their rows."""
        columns = {
            "name": "File",
            "version": "GAF",
            "file_date": "Made on",
            "rows": "Rows",
            "kept": "Kept",
            "merged": "Merged",
            "refused": "Refused",
            "products": "Products",
        }
        return _frame(self._of("AnnotationFile"), columns | {"sha256": "Checksum", "generated": "Generated"})

    def genes(self) -> pd.DataFrame:
        """Genomes and gene lists."""
        things = [thing for thing in self._of("Genome") if thing["name"] != AS_ANNOTATED] + self._of("GeneList")
        columns = {"name": "Name", "genome": "Of genome", "genes": "Genes", "sha256": "Checksum"}
        return _frame(things, columns | {"generated": "Generated"})

    def datasets(self) -> pd.DataFrame:
        """Imported datasets."""
        rows = [
            {
                "Dataset": made.name,
                "Phenotype": made.phenotype,
                "Strains": made.counts.strains,
                "Made on": made.created[:10],
                "Id": made.dataset_id[:12],
                "Generated": made.generated,
            }
            for made in self.dataset_list
        ]
        return pd.DataFrame(rows)

    def runs(self) -> pd.DataFrame:
        """Training runs."""
        return pd.DataFrame(
            {
                "Run": [run.name for run in self.run_list],
                "Status": [run.status for run in self.run_list],
                "Epochs": [run.epochs for run in self.run_list],
                "Pearson, train": [run.pearson.get("train") for run in self.run_list],
                "Pearson, test": [run.pearson.get("test") for run in self.run_list],
                "Parameters": [run.parameters for run in self.run_list],
                "Generated": [run.generated for run in self.run_list],
            }
        )

    def _of(self, kind: str) -> list[dict[str, Any]]:
        return [thing["properties"] for thing in self.things if thing["kind"] == kind]


def read(settings: Settings) -> Inventory:
    """Read what there is; a database that cannot be read is part of the answer."""
    runs = list(read_runs(settings.runs).runs.values())
    datasets, damaged = _datasets(settings)
    status = server.status(settings)
    facts = {
        "In use": "embedded" if status.embedded else "outside server (NEO4J_URI)",
        "State": status.state,
        "Neo4j": status.version or "unknown",
        "Address": status.uri or "none",
    }
    if status.folder is not None:
        facts["Folder"] = str(status.folder)
        facts["Size"] = f"{(status.size or 0) / 1e6:,.0f} MB"
    try:
        with open_database(settings) as runner:
            things = loaded(runner)
            unfinished = [(str(row["kind"]), str(row["name"])) for row in runner.read("read/unfinished")]
    except DcellGraphError as error:
        return Inventory(database=facts, problem=str(error), damaged=damaged, run_list=runs, dataset_list=datasets)
    if unfinished:
        facts["Begun and not finished"] = ", ".join(f"{kind} {name}" for kind, name in unfinished)
    return Inventory(
        database=facts,
        damaged=damaged,
        things=things,
        unfinished=unfinished,
        run_list=runs,
        dataset_list=datasets,
    )


def _datasets(settings: Settings) -> tuple[list[DatasetManifest], str | None]:
    """The imported datasets, or why they cannot be listed."""
    try:
        return list_datasets(settings.datasets), None
    except DcellGraphError as error:
        return [], str(error)


def _frame(things: list[dict[str, Any]], columns: dict[str, str]) -> pd.DataFrame:
    """A table of some properties under the headings given; lists joined, dates as ISO text, checksums cut."""
    return pd.DataFrame(
        [{label: _cell(key, thing.get(key)) for key, label in columns.items()} for thing in things],
        columns=list(columns.values()),
    )


def _cell(key: str, value: Any) -> Any:
    if key in ("sha256", "snapshot_id") and value:
        return value[:12]
    if isinstance(value, list):
        return " + ".join(value)
    if hasattr(value, "iso_format"):
        return value.iso_format()
    return bool(value) if key == "generated" else value
