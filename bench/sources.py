"""Time the readers against programs that read the same files, in one process: ratios, and the memory that was needed.

    python bench/sources.py [--repeat 3]

The files are those of the mirror folder that DCELL_GRAPH_MIRROR names, or else of a generated world. A time is the
shortest of several. Processor time is what counts: other programs on the machine do not add to it.

Annotations are read by pandas as a table of texts, which checks nothing and merges nothing. The ontology is read by
goatools (``pip install goatools``) with all that we keep of it; goatools reads no gzip, so both get a plain file.

Seen on 2 cores that other programs used too: annotations 1.7 to 2.2 times as long as pandas, an ontology half as long
as goatools, 600 MB at most.
"""

from __future__ import annotations

import argparse
import gzip
import importlib
import os
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from dcell_graph.graph.records import annotation_rows, ontology_rows
from dcell_graph.sources.annotations import read_annotations
from dcell_graph.sources.obo import read_obo
from dcell_graph.sources.world.config import PRESETS, WorldConfig
from dcell_graph.sources.world.write import write_world

GAFS = ("sgd-2011-12-24", "goa_yeast-2016-10-03", "goa_yeast-2019-10-15")
ONTOLOGIES = ("go-2016-12-06", "go-basic-2026-05-19")
GOATOOLS_PARTS = {"relationship", "def", "synonym", "comment", "replaced_by", "consider"}


@dataclass(frozen=True)
class Files:
    """What is read."""

    annotations: list[Path]
    ontologies: list[Path]


def files_of(folder: Path | None, scratch: Path) -> Files:
    """The files of a mirror folder, or of a generated world of the size of yeast."""
    if folder is not None:
        return Files(
            [folder / "gaf" / f"{name}.gaf.gz" for name in GAFS],
            [folder / "go" / f"{name}.obo.gz" for name in ONTOLOGIES],
        )
    terms, genes, _ = PRESETS["yeast"]
    world = write_world(WorldConfig(seed=0, n_terms=terms, n_genes=genes, n_strains=1_000), scratch / "world")
    return Files([world.sgd_gaf, world.goa_gaf], [world.ontology])


def shortest(work: Callable[[], Any], repeat: int) -> float:
    """Shortest processor time of a call, in seconds; what it returns is thrown away after the clock is read."""
    times = []
    for _ in range(repeat):
        start = time.process_time()
        result = work()
        times.append(time.process_time() - start)
        del result
    return min(times)


def read_table(path: Path) -> pd.DataFrame:
    """A table of texts, as quickly as pandas reads one."""
    return pd.read_csv(path, sep="\t", dtype=str, quoting=3, comment="!", header=None)


def goatools_reader() -> Callable[[Path], Any] | None:
    """A function that reads an ontology with goatools; None where it is not installed."""
    try:
        parser = importlib.import_module("goatools.obo_parser")
    except ImportError:
        return None

    def read(path: Path) -> Any:
        return parser.GODag(str(path), optional_attrs=GOATOOLS_PARTS, load_obsolete=True, prt=None)

    return read


def plain(path: Path, scratch: Path) -> Path:
    """The file without compression."""
    raw = path.read_bytes()
    target = scratch / path.name.removesuffix(".gz")
    target.write_bytes(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)
    return target


def add_annotations(table: Table, path: Path, repeat: int) -> None:
    """One row of the table for an annotation file."""
    ours, theirs = shortest(partial(read_annotations, path), repeat), shortest(partial(read_table, path), repeat)
    file = read_annotations(path)
    rows = annotation_rows(file)
    preparing = shortest(lambda: annotation_rows(file), repeat)
    table.add_row(
        path.name,
        f"{file.rows:,} rows",
        f"{ours:.2f} s",
        f"{theirs:.2f} s (pandas)",
        f"{ours / theirs:.2f}",
        f"{preparing:.2f} + {shortest(rows.content, repeat):.2f} s",
    )


def add_ontology(table: Table, path: Path, goatools: Callable[[Path], Any] | None, repeat: int) -> None:
    """One row of the table for an ontology."""
    ours = shortest(lambda: read_obo(path), repeat)
    theirs = None if goatools is None else shortest(partial(goatools, path), repeat)
    ontology = read_obo(path)
    rows = ontology_rows(ontology)
    preparing = shortest(lambda: ontology_rows(ontology), repeat)
    table.add_row(
        path.name,
        f"{len(ontology.terms):,} terms",
        f"{ours:.2f} s",
        "goatools is not installed" if theirs is None else f"{theirs:.2f} s (goatools)",
        "" if theirs is None else f"{ours / theirs:.2f}",
        f"{preparing:.2f} + {shortest(rows.content, repeat):.2f} s",
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=3, help="how often each file is read")
    options = parser.parse_args()
    named = os.environ.get("DCELL_GRAPH_MIRROR")
    console = Console()
    table = Table("file", "size", "ours", "theirs", "ratio", "rows + fingerprint")
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        files = files_of(Path(named) if named else None, scratch)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for path in files.annotations:
            add_annotations(table, path, options.repeat)
        goatools = goatools_reader()
        for path in files.ontologies:
            add_ontology(table, plain(path, scratch), goatools, options.repeat)
    console.print(f"files of {named or 'a generated world'}; processor time, the shortest of {options.repeat}")
    console.print(table)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts in kilobytes.
    console.print(
        f"memory: {before / 1024:,.0f} MB before, {peak / 1024:,.0f} MB at most, including the other programs"
    )


if __name__ == "__main__":
    main()
