"""What the dataset commands say about a dataset and its splits."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from dcell_graph.measurements.manifest import DatasetManifest, Source
from dcell_graph.measurements.split_store import SplitManifest
from dcell_graph.measurements.storage import finding_tables
from dcell_graph.wording import counted

DROPPED = ("file", "line", "outcome", "reason", "text")


def description(manifest: DatasetManifest, folder: Path) -> Iterator[str]:
    """Where a dataset comes from and what became of its rows."""
    counts = manifest.counts
    if manifest.generated:
        yield "GENERATED WORLD, not real data"
    yield f"dataset {manifest.name}, id {manifest.dataset_id[:12]}, phenotype {manifest.phenotype}"
    for source in manifest.sources:
        yield f"from {_place(source)} (format {source.table_format}, sha256 {source.sha256[:12]})"
    yield f"{counted(counts.strains, 'strain')}, {counted(counts.genes, 'gene')}"
    choices = manifest.choices
    yield (
        f"{counted(counts.rows_read, 'row')} read: {counted(counts.strains, 'strain')}, "
        f"{counted(counts.merged, 'repeat')} {_TREATED[choices.repeats]} ({counted(counts.repeated, 'strain')}, "
        f"{counts.conflicting:,} with different values), {counts.refused:,} refused"
        + (f", {counts.left_out:,} of strains outside the sample" if manifest.sample is not None else "")
    )
    if manifest.sample is not None:
        yield f"a sample of at most {counted(manifest.sample.limit, 'strain')}, seed {manifest.sample.seed}"
    if choices.most_p is not None:
        yield f"only rows with a p-value of at most {choices.most_p:g}"
    if choices.repeats == "drop":
        yield "strains whose rows have different values were refused"
    for reason, count in manifest.refusals.items():
        yield f"  refused, {reason}: {count:,}"
    yield f"in {folder}"
    if counts.refused or counts.merged:
        yield f"each refused or merged row with its line and reason: {folder / 'refused.parquet'}"


def split_line(split: SplitManifest) -> str:
    """One split in a sentence."""
    counts = split.counts
    held_out = {part: len(genes) for part, genes in split.held_out.items()}
    return (
        f"split {split.name}: {_made(split)}; {counts['train']:,} training, {counts['validation']:,} validation, "
        f"{counted(counts['test'], 'test strain')}, {counts['unused']:,} not used"
        + (
            f"; held out: {', '.join(f'{count:,} {part} genes' for part, count in held_out.items())}"
            if held_out
            else ""
        )
    )


def dropped_rows(folder: Path, most: int | None = None) -> Iterator[list[Any]]:
    """The rows of a table that are no strains by themselves, under ``DROPPED``; at most so many."""
    rows = (list(row.values()) for table in finding_tables(folder) for row in table.to_pylist())
    return islice(rows, most)


def _made(split: SplitManifest) -> str:
    if split.kind == "files":
        return "by file, " + ", ".join(f"{Path(path).name} for {part}" for path, part in split.files.items())
    share = "/".join(f"{fraction:g}" for fraction in split.fractions)
    how = share if split.folds is None else f"fold {split.fold} of {split.folds}"
    return f"{split.kind}, {how}, seed {split.seed}"


def _place(source: Source) -> str:
    return ("" if source.member is None else f"{source.member} in ") + source.path


_TREATED = {
    "average": "averaged",
    "first": "left out, the first row counts",
    "drop": "of the same value left out",
    "refuse": "averaged",
}
