"""Load generated annotation files through the offline importer: rows a second, and peak memory at several sizes.

    python bench/bulk.py [--rows 1000000 --rows 10000000] [--compare 100000] [--genes 16000] [--terms 45000]

The database holds a generated ontology, which is carried over into the new store. Each size is loaded by a process of
its own, so its peak memory is its own; that of the importer is looked at five times a second. With --compare, a smaller
file is loaded in the ordinary way and in bulk by one process. The files are generated as a stream, one row in fifty
repeats another one. At ten million rows the work takes about 15 GB of disk.
"""

from __future__ import annotations

import argparse
import json
import logging
import multiprocessing
import resource
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import psutil
from rich.console import Console
from rich.table import Table

from dcell_graph.graph import load, server
from dcell_graph.graph.bulk.load import load_annotations_in_bulk
from dcell_graph.graph.session import open_database
from dcell_graph.settings import Settings
from dcell_graph.sources.obo import read_obo
from dcell_graph.sources.vocabulary import GENERATED_MARK
from dcell_graph.sources.world import WorldConfig, write_world

EVIDENCE = np.array(["IDA", "IMP", "IEA", "IBA", "IGI", "IPI", "ISS", "HDA", "TAS"])
ASPECTS = np.array(["P", "F", "C"])
FIRST_DAY = np.datetime64("2001-01-01")
DAYS = 6_500
REPEATED = 50  # one row in so many
CHUNK = 100_000
MB = 1e6


def write_gaf(path: Path, rows: int, genes: int, terms: list[str], seed: int = 1) -> None:
    """Write a GAF 2.1; memory does not grow with the number of rows. The genes come in turn, so no part is sorted."""
    random = np.random.default_rng(seed)
    ids = np.array(terms)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f"!gaf-version: 2.1\n!{GENERATED_MARK}\n!date-generated: 2019-12-28\n")
        for start in range(0, rows, CHUNK):
            n = min(CHUNK, rows - start)
            # A repeated row differs in its date only.
            number = np.arange(start, start + n)
            number -= number % REPEATED == 0
            gene, term = number % genes, ids[(number * 7_919) % len(ids)]
            evidence, aspect = EVIDENCE[number % len(EVIDENCE)], ASPECTS[number % len(ASPECTS)]
            day = np.datetime_as_string(FIRST_DAY + random.integers(0, DAYS, n))
            columns = (number.tolist(), gene.tolist(), term.tolist(), evidence.tolist(), aspect.tolist(), day.tolist())
            file.writelines(
                f"SGD\tS9{g:08d}\tQZ{g}\t\t{t}\tPMID:{99_000_000 + k}\t{e}\t\t{a}\tmade-up\tYX{g}|QZX{g}\tgene\t"
                f"taxon:559292\t{d.replace('-', '')}\tSGD\t\t\n"
                for k, g, t, e, a, d in zip(*columns, strict=True)
            )


@contextmanager
def importer_peak() -> Iterator[list[float]]:
    """The largest resident memory of the importer, in bytes, among the processes that this one starts."""
    peak, stop = [0.0], threading.Event()

    def watch() -> None:
        while not stop.wait(0.2):
            for child in psutil.Process().children(recursive=True):
                try:
                    if "import" in child.cmdline():
                        peak[0] = max(peak[0], child.memory_info().rss)
                except psutil.Error:
                    continue

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        stop.set()
        thread.join()


def measure(home: Path, gaf: Path, answer: Connection) -> None:
    """Load a file in bulk and report seconds a step and peaks; runs in a process of its own."""
    quiet()
    settings = Settings(home=home, neo4j_uri=None)
    steps: dict[str, float] = {}
    begin = last = time.perf_counter()

    def note(step: str, done: int, total: int | None) -> None:
        nonlocal last
        now = time.perf_counter()
        steps[step] = steps.get(step, 0.0) + now - last
        last = now

    with importer_peak() as peak:
        result = load_annotations_in_bulk(settings, gaf, name="bench", progress=note)
    seconds = time.perf_counter() - begin
    python = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    size = server.status(settings).size
    answer.send(json.dumps([result.counts, seconds, steps, python, peak[0], size]))


def in_own_process(home: Path, gaf: Path) -> tuple[dict[str, int], float, dict[str, float], float, float, float]:
    """What ``measure`` reports."""
    context = multiprocessing.get_context("spawn")
    receive, send = context.Pipe(duplex=False)
    process = context.Process(target=measure, args=(home, gaf, send))
    process.start()
    send.close()
    counts, seconds, steps, python, importer, size = json.loads(receive.recv())
    process.join()
    return counts, seconds, steps, python, importer, size


def quiet() -> None:
    """The driver logs that it repeats what failed while the server is being restarted."""
    logging.getLogger("neo4j").addHandler(logging.NullHandler())


def remove(settings: Settings) -> None:
    """Take the loaded file out again."""
    with open_database(settings, start=True) as runner:
        load.remove(runner, "AnnotationFile", "bench")


def compare(settings: Settings, gaf: Path) -> tuple[float, float]:
    """Seconds of the ordinary and of the bulk load of one file, in this process."""
    times: list[float] = []
    for bulk in (False, True):
        begin = time.perf_counter()
        if bulk:
            load_annotations_in_bulk(settings, gaf, name="bench")
        else:
            with open_database(settings) as runner:
                load.load_annotations(runner, gaf, name="bench")
        times.append(time.perf_counter() - begin)
        remove(settings)
    return times[0], times[1]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, action="append", help="a size; may be repeated")
    parser.add_argument("--compare", type=int, default=100_000, help="rows of the file that is loaded in both ways")
    parser.add_argument("--genes", type=int, default=16_000)
    parser.add_argument("--terms", type=int, default=45_000)
    parser.add_argument("--folder", type=Path, help="where the database and the files go; default: a temporary folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        run(Path(folder), options.rows or [200_000, 1_000_000], options.compare, options.genes, options.terms)


def run(home: Path, sizes: list[int], compared: int, genes: int, terms: int) -> None:
    """Measure in a home folder of its own."""
    quiet()
    console = Console()
    settings = Settings(home=home, neo4j_uri=None)
    world = write_world(WorldConfig(seed=1, n_terms=terms, n_genes=30, n_strains=1), home / "world")
    ids = [term.id for term in read_obo(world.ontology).terms]
    try:
        with open_database(settings, start=True) as runner:
            load.load_ontology(runner, world.ontology)
        if compared:
            write_gaf(home / "compared.gaf", compared, genes, ids)
            ordinary, bulk = compare(settings, home / "compared.gaf")
            ratio = (
                f"{compared:,} rows: ordinary {ordinary:.1f} s, bulk {bulk:.1f} s, {ordinary / bulk:.2f} times as fast"
            )
            console.print(ratio)
        table = Table("rows", "file MB", "s", "rows/s", "Python MB", "importer MB", "database MB", title="bulk load")
        for rows in sizes:
            gaf = home / f"{rows}.gaf"
            write_gaf(gaf, rows, genes, ids)
            counts, seconds, steps, python, importer, size = in_own_process(home, gaf)
            assert counts["rows"] == rows == counts["kept"] + counts["merged"]
            numbers = (gaf.stat().st_size / MB, seconds, rows / seconds, python / MB, importer / MB, size / MB)
            table.add_row(f"{rows:,}", *(f"{number:,.0f}" for number in numbers))
            console.print({step: round(took, 1) for step, took in steps.items() if took > 0.5})
            gaf.unlink()
            # Emptied by making the database anew, which is quicker than removing millions of nodes.
            server.reset(settings)
            with open_database(settings, start=True) as runner:
                load.load_ontology(runner, world.ontology)
        console.print(table)
    finally:
        server.stop(settings)


if __name__ == "__main__":
    main()
