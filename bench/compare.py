"""Time comparison, waterfall, changes, counts and blame on the three real annotation files.

    DCELL_GRAPH_MIRROR=FOLDER python bench/compare.py [--seconds 10]

The files are loaded into a database of their own, in a temporary folder. Beside each time stands that of the same
numbers computed with pandas, in the same process, from files that pandas has read and a genome and ontology that are in
memory: it does not read, resolve names or look terms up, so it is what the numbers alone cost. A time is the shortest
of several, because other programs on the machine can only add to it.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table

from dcell_graph.graph import load, server
from dcell_graph.graph.comparison.blame import blame
from dcell_graph.graph.comparison.changes import changes
from dcell_graph.graph.comparison.compare import CompareConfig, compare
from dcell_graph.graph.comparison.count import count
from dcell_graph.graph.comparison.waterfall import waterfall
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.graph.session import open_database
from dcell_graph.settings import Settings

Work = Callable[[], object]
GENOME, ONTOLOGY = "genome/SGD_features.tab.gz", "go/go-2016-12-06.obo.gz"
SOURCES = ("sgd-2011-12-24", "goa_yeast-2016-10-03", "goa_yeast-2019-10-15")
RELEASE = "2016-12-06"
LIMITS = {"compare": 1.5, "changes": 1.5, "waterfall": 1.5, "count": 1.5, "blame": 0.05}
_COLUMNS = {0: "database", 1: "id", 3: "qualifier", 4: "term", 6: "evidence", 13: "date"}


def read_with_pandas(path: Path, genes: dict[str, str], live: set[str]) -> pd.DataFrame:
    """A file with its genes looked up; not timed."""
    names = list(_COLUMNS.values())
    table = pd.read_csv(path, sep="\t", comment="!", header=None, usecols=list(_COLUMNS), dtype=str, quoting=3)
    table = table.set_axis(names, axis=1)
    return table.assign(gene=table["database"].str.cat(table["id"], sep=":").map(genes), live=table["term"].isin(live))


def kept(table: pd.DataFrame) -> pd.DataFrame:
    """The rows that count: no NOT, no ND, a gene and a live term."""
    negated = table["qualifier"].str.contains("NOT", na=False)
    return table[~negated & (table["evidence"] != "ND") & table["gene"].notna() & table["live"]]


def compare_with_pandas(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """Pairs of both files with evidence codes and latest date."""
    sides = []
    for table in (kept(a), kept(b)):
        grouped = table.sort_values("evidence").groupby(["gene", "term"], sort=False)
        sides.append(pd.DataFrame({"evidence": grouped["evidence"].unique().map(tuple), "date": grouped["date"].max()}))
    return sides[0].add_suffix("_a").join(sides[1].add_suffix("_b"), how="outer")


def waterfall_with_pandas(tables: list[pd.DataFrame]) -> list[int]:
    """Pairs of each file."""
    return [len(kept(table).drop_duplicates(["gene", "term"])) for table in tables]


def shortest(work: Callable[[], object], seconds: float) -> float:
    """Shortest time of a call in seconds, after two that do not count."""
    work()
    work()
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def works(runner: Neo4jRunner, tables: list[pd.DataFrame]) -> list[tuple[str, Work, Work | None]]:
    """(name, ours, the same numbers with pandas)."""
    found: list[tuple[str, Work, Work | None]] = []
    for i, j in ((0, 1), (0, 2), (1, 2)):
        config = CompareConfig(a=SOURCES[i], b=SOURCES[j], release=RELEASE, genome="sgd")
        name = f"compare {SOURCES[i]}, {SOURCES[j]}"
        found.append((name, partial(compare, runner, config), partial(compare_with_pandas, tables[i], tables[j])))
    two = SOURCES[1], SOURCES[2]
    found += [
        ("changes of the two GOA files", lambda: changes(runner, *two, release=RELEASE, genome="sgd"), None),
        (
            "waterfall of the three",
            lambda: waterfall(runner, SOURCES, release=RELEASE, genome="sgd"),
            lambda: waterfall_with_pandas(tables),
        ),
        ("count of one", lambda: count(runner, SOURCES[2], release=RELEASE, genome="sgd"), None),
        ("blame of a pair", lambda: blame(runner, "RFT1", "GO:0034202", genome="sgd", release=RELEASE), None),
    ]
    return found


def main() -> None:
    """Load, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0, help="for each number in the table")
    options = parser.parse_args()
    mirror = os.environ.get("DCELL_GRAPH_MIRROR")
    if not mirror:
        print("set DCELL_GRAPH_MIRROR to a folder with the real files; nothing is measured")
        return
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), neo4j_uri=None)
        try:
            with open_database(settings, start=True) as runner:
                measure(runner, Path(mirror), options.seconds)
        finally:
            server.stop(settings)


def measure(runner: Neo4jRunner, mirror: Path, seconds: float) -> None:
    """Load the files into the empty database, so that its plans are made without knowing them, and time."""
    load.load_genome(runner, mirror / GENOME, name="sgd")
    load.load_ontology(runner, mirror / ONTOLOGY)
    for source in SOURCES:
        load.load_annotations(runner, mirror / f"gaf/{source}.gaf.gz", name=source)
    genes: dict[str, str] = {}
    for source in SOURCES:
        for row in runner.read("check/mappings", source=source, genome="sgd"):
            genes |= {row["id"]: row["genes"][0]} if row["genes"] else {}
    live: set[str] = set()
    for row in runner.read("compare/links", release=RELEASE):
        live |= {*row["children"], *row["parents"]}
    tables = [read_with_pandas(mirror / f"gaf/{source}.gaf.gz", genes, live) for source in SOURCES]
    table = Table("what", "seconds", "limit", "pandas", "ratio", title="shortest of several")
    for name, ours, theirs in works(runner, tables):
        mine = shortest(ours, seconds)
        other = None if theirs is None else shortest(theirs, seconds)
        limit = LIMITS[name.split()[0]]
        ratio = ("", "") if other is None else (f"{other:.3f}", f"{mine / other:.1f}")
        table.add_row(name, f"{mine:.3f}", f"{limit:.2f}", *ratio)
    Console().print(table)


if __name__ == "__main__":
    main()
