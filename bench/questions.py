"""Time what is asked about a snapshot: why a term is missing, what another one has, hundreds of recipes.

    DCELL_GRAPH_MIRROR=FOLDER python bench/questions.py [--terms 200] [--recipes 200]

The real files are loaded into a database of their own, in a temporary folder, and the snapshot 2017-07-19 is built. The
reference is the second implementation of the tests (plain sets and networkx), which reads the files by itself; beside
sweeping recipes stands applying each from the start.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.table import Table

from dcell_graph.graph import load, server
from dcell_graph.graph.build import build_snapshot
from dcell_graph.graph.diff import built, difference
from dcell_graph.graph.hand_over import read_snapshot
from dcell_graph.graph.material import read_material
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.graph.session import open_database
from dcell_graph.graph.why.question import Question
from dcell_graph.graph.why.terms import about_term
from dcell_graph.settings import Settings
from dcell_graph.snapshot.applied.apply import Applier
from dcell_graph.snapshot.applied.calibrate import calibrate
from dcell_graph.snapshot.applied.sweep import Sweep, variants
from dcell_graph.snapshot.recipe import Recipe, find_recipe, with_options

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.independent import apply, read_inputs
from tests.real_files import GENOME, ONTOLOGY, SOURCES

Result = TypeVar("Result")
RELEASE = "2016-12-06"
NAMES = tuple(SOURCES)


def main() -> None:
    """Load, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--terms", type=int, default=200, help="removed terms to ask about")
    parser.add_argument("--recipes", type=int, default=200, help="recipes to sweep")
    options = parser.parse_args()
    mirror = os.environ.get("DCELL_GRAPH_MIRROR")
    if not mirror:
        print("set DCELL_GRAPH_MIRROR to a folder with the real files; nothing is measured")
        return
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), neo4j_uri=None)
        try:
            with open_database(settings, start=True) as runner:
                measure(runner, Path(mirror), options.terms, options.recipes)
        finally:
            server.stop(settings)


def measure(runner: Neo4jRunner, mirror: Path, terms: int, recipes: int) -> None:
    """Fill the database and time."""
    load.load_genome(runner, mirror / GENOME, name="sgd")
    load.load_ontology(runner, mirror / ONTOLOGY)
    for name, path in SOURCES.items():
        load.load_annotations(runner, mirror / path, name=name)
    recipe = with_options(find_recipe("torchcell-2025"), until="2017-07-19")
    build_snapshot(runner, "2017-07-19", recipe, release=RELEASE, sources=NAMES, genome="sgd")
    gafs = {name: mirror / path for name, path in SOURCES.items()}
    inputs = read_inputs(obo=mirror / ONTOLOGY, gafs=gafs, features=mirror / GENOME)

    table = Table("what", "seconds", "limit", "reference", "ratio", title="asked about the snapshot 2017-07-19")
    for name, times in why(runner, terms).items():
        table.add_row(name, f"{times:.3f}", "0.050", "", "")
    for words, found_seconds in differences(runner).items():
        table.add_row(words, f"{found_seconds:.2f}", "3", "", "")
    seconds, material = timed(lambda: read_material(runner, release=RELEASE, sources=NAMES, genome="sgd"))
    table.add_row("read the release and the records of two files", f"{seconds:.2f}", "", "", "")
    slow, _ = timed(lambda: apply(recipe, inputs))
    quick = min(timed(lambda: Applier(material).apply(recipe))[0] for _ in range(5))
    table.add_row("apply one recipe; networkx", f"{quick:.3f}", "", f"{slow:.2f}", f"{slow / quick:.0f}x")
    sweep = Sweep(
        releases=(RELEASE,),
        sources=(NAMES, NAMES[:1], NAMES[1:]),
        recipes=(find_recipe("ma-2018"), find_recipe("torchcell-2025")),
        relations=(("is_a",), ("is_a", "part_of")),
        orders=("contained first", "redundant first"),
        minimums=tuple(range(1, 1 + max(1, recipes // 24))),
    )
    swept, found = timed(lambda: calibrate(lambda _, files: Applier(material.of_sources(files)), sweep, target=2526))
    many = [one for base in sweep.recipes for one in variants(base, sweep)]
    alone, _ = timed(lambda: [Applier(material).apply(one) for one in many[:10]])
    each = alone / min(10, len(many))
    table.add_row(
        f"calibrate with {len(found.found)} recipes; each from the start",
        f"{swept:.1f}",
        f"{120 * len(found.found) / 200:.0f}",
        f"{each * len(found.found):.1f}",
        f"{each * len(found.found) / swept:.1f}x",
    )
    Console(width=110).print(table)


def why(runner: Neo4jRunner, number: int) -> dict[str, float]:
    """Median and ninth decile of the time of an answer, in seconds."""
    removed = sorted(read_snapshot(runner, "2017-07-19").removed["term"])
    asked = removed[:: max(1, len(removed) // number)]
    question = Question(runner, "2017-07-19")
    for term in asked[:20]:
        about_term(question, term)
    found: dict[str, float] = {}
    for words, search in (("why", False), ("why, with the smallest change", True)):
        times = [timed(partial(about_term, question, term, search=search))[0] for term in asked]
        found[f"{words}: median of {len(asked)} terms"] = statistics.median(times)
        found[f"{words}: nine of ten are quicker"] = statistics.quantiles(times, n=10)[-1]
    return found


def differences(runner: Neo4jRunner) -> dict[str, float]:
    """Seconds that the difference to other snapshots takes, the best of three."""
    notes = find_recipe("torchcell-2025")
    others: dict[str, tuple[Recipe, tuple[str, ...]]] = {
        "no last day": (notes, NAMES),
        "n = 4, one file": (with_options(find_recipe("torchcell-2025-n4"), until="2017-07-19"), NAMES[-1:]),
        "ma-2018": (find_recipe("ma-2018"), NAMES[-1:]),
    }
    found = {}
    for number, (words, (recipe, sources)) in enumerate(others.items()):
        name = f"other-{number}"
        build_snapshot(runner, name, recipe, release=RELEASE, sources=sources, genome="sgd")
        work = partial(difference, runner, built(runner, "2017-07-19"), built(runner, name))
        times, results = zip(*(timed(work) for _ in range(3)), strict=True)
        found[f"diff to {words}: {len(results[0].causes) - 1} exchanges"] = min(times)
    return found


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """Seconds, and what came of it."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


if __name__ == "__main__":
    main()
