"""Time building snapshots of the real files, as a whole and step by step.

    DCELL_GRAPH_MIRROR=FOLDER python bench/snapshot.py [--repeats 5] [--case TEXT]

The files are loaded into a database of their own, in a temporary folder. Each case is timed twice over: as the first
snapshot in an empty database, by a server that has just been started and has neither plans nor compiled code, and after
that (shortest of several, because other programs on the machine can only add to it). Beside the times stand those of
two references, measured in this process just before: the same recipe applied in memory, and the sets of contained genes
alone, worked out with networkx. The database also keeps every record and every reason and writes them to disk, so the
ratios say what that costs on this machine, not that one could replace the other.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import networkx as nx
from rich.console import Console
from rich.table import Table

from dcell_graph.graph import load, server
from dcell_graph.graph.build import build_snapshot
from dcell_graph.graph.material import read_material
from dcell_graph.graph.session import open_database
from dcell_graph.settings import Settings
from dcell_graph.snapshot.applied.apply import Applier
from dcell_graph.snapshot.applied.filters import passing_records
from dcell_graph.snapshot.applied.material import Material
from dcell_graph.snapshot.recipe import Recipe, find_recipe, with_options

GENOME, ONTOLOGY, RELEASE = "genome/SGD_features.tab.gz", "go/go-2016-12-06.obo.gz", "2016-12-06"
ONE = ("goa_yeast-2016-10-03",)
TWO = ("sgd-2011-12-24", "goa_yeast-2019-10-15")
LIMIT = 6.0  # seconds for one file with propagated annotations
# Recipe, last day and files of each case.
CASES = {
    "propagated, one file": ("ma-2018", None, ONE),
    "propagated, two files": ("ma-2018", None, TWO),
    "direct, one file": ("torchcell-2025", None, ONE),
    "direct, two files": ("torchcell-2025", "2017-07-19", TWO),
}


class Steps:
    """Adds up how long each step of a build takes, from the moments at which the steps are told to begin."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._step, self._since = "start", time.perf_counter()

    def begin(self, step: str, done: int, total: int | None) -> None:
        """A step begins, so the one before has ended."""
        now = time.perf_counter()
        self.seconds[self._step] += now - self._since
        self._step, self._since = step, now


def contained_with_networkx(material: Material, recipe: Recipe) -> int:
    """Number of terms that contain at least as many genes as the recipe asks for, with networkx."""
    minimum = next(stage.minimum for stage in recipe.stages if stage.kind == "contained")
    relations = [material.relations.index(name) for name in recipe.followed() if name in material.relations]
    graph = nx.DiGraph(
        (child, parent)
        for child, parent, relation in zip(
            material.child.tolist(), material.parent.tolist(), material.relation.tolist(), strict=True
        )
        if relation in relations and material.namespace[child] == material.namespace[parent]
    )
    genes: dict[int, set[int]] = {term: set() for term in graph}
    records = passing_records(material, recipe)
    for term, gene in zip(records.term.tolist(), records.gene.tolist(), strict=True):
        genes.setdefault(term, set()).add(gene)
    for term in nx.topological_sort(graph):
        for parent in graph.successors(term):
            genes[parent] |= genes[term]
    return sum(len(contained) >= minimum for contained in genes.values())


def shortest(work: Callable[[], object], repeats: int) -> float:
    """Shortest time of a call in seconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    """Load once, then print a table of the cases and one of their steps."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--case", default="", help="only cases whose name has this in it, as in 'one file'")
    arguments = parser.parse_args()
    mirror = os.environ.get("DCELL_GRAPH_MIRROR")
    if mirror is None:
        parser.error("set DCELL_GRAPH_MIRROR to the folder with the real files")
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder), neo4j_uri=None)
        try:
            load_files(settings, Path(mirror))
            measure(settings, arguments.repeats, arguments.case)
        finally:
            server.stop(settings)


def load_files(settings: Settings, mirror: Path) -> None:
    """Load what the cases need."""
    with open_database(settings, start=True) as runner:
        load.load_genome(runner, mirror / GENOME, name="sgd")
        load.load_ontology(runner, mirror / ONTOLOGY)
        for source in (*ONE, *TWO):
            load.load_annotations(runner, mirror / f"gaf/{source}.gaf.gz", name=source)


def measure(settings: Settings, repeats: int, wanted: str) -> None:
    """Time each case and print."""
    totals = Table("case", "first", "warm", "limit", "in memory", "ratio", "networkx", "ratio", title="seconds")
    steps: dict[str, dict[str, float]] = {}
    cases = {case: what for case, what in CASES.items() if wanted in case}
    for case, (name, until, files) in cases.items():
        recipe = with_options(find_recipe(name), until=until)
        with open_database(settings) as runner:
            material = read_material(runner, release=RELEASE, sources=files, genome="sgd")
        in_memory = shortest(lambda: Applier(material).apply(recipe), repeats)  # noqa: B023
        plain = shortest(lambda: contained_with_networkx(material, recipe), repeats)  # noqa: B023
        server.stop(settings)
        times = [build(settings, recipe, files) for _ in range(1 + repeats)]
        warm, steps[case] = min(times[1:], key=lambda timed: timed[0])
        limit = f"{LIMIT:.1f}" if case.startswith("propagated") and files == ONE else ""
        ratios = (f"{in_memory:.2f}", f"{warm / in_memory:.0f}", f"{plain:.2f}", f"{warm / plain:.0f}")
        totals.add_row(case, f"{times[0][0]:.2f}", f"{warm:.2f}", limit, *ratios)
    detail = Table("step", *cases, title="seconds of the shortest build, step by step")
    names = list(dict.fromkeys(step for found in steps.values() for step in found))
    for step in names:
        detail.add_row(step, *(f"{found[step]:.2f}" if step in found else "" for found in steps.values()))
    Console().print(totals, detail)


def build(settings: Settings, recipe: Recipe, files: tuple[str, ...]) -> tuple[float, dict[str, float]]:
    """Build a snapshot and remove it again; how long the building took, as a whole and by step."""
    with open_database(settings, start=True) as runner:
        steps = Steps()
        start = time.perf_counter()
        build_snapshot(runner, "timed", recipe, release=RELEASE, sources=files, genome="sgd", progress=steps.begin)
        seconds = time.perf_counter() - start
        steps.begin("end", 0, None)
        load.remove(runner, "Snapshot", "timed")
    return seconds, dict(steps.seconds)


if __name__ == "__main__":
    main()
