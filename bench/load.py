"""Many at once: clients that ask what the app's pages ask, while others build snapshots.

    python bench/load.py [--minutes 10] [--clients 50] [--builders 4] [--terms 2000] [--genes 1000]

Each client is a thread of one of five processes and connects anew for each question, as a page does. A builder builds a
snapshot of its own, reads it, removes it, and begins again; builders wait for each other, since one command writes at a
time. Works on a generated world in a database of its own. Prints for each question how often it was asked, errors, and
the 50th, 95th and 99th percentile of its time; then the memory of the server and of the clients at the beginning and at
the end. Ends with status 1 after any error.
"""

from __future__ import annotations

import argparse
import multiprocessing
import queue
import random
import signal
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from dcell_graph.errors import Busy, DcellGraphError
from dcell_graph.graph import browse, load, server
from dcell_graph.graph.build import build_snapshot
from dcell_graph.graph.comparison.compare import CompareConfig, compare
from dcell_graph.graph.find import find
from dcell_graph.graph.hand_over import read_snapshot
from dcell_graph.graph.hierarchy_view import term_facts
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.graph.session import open_database
from dcell_graph.graph.why.why import why
from dcell_graph.settings import Settings
from dcell_graph.snapshot.recipe import find_recipe
from dcell_graph.sources.obo import read_obo
from dcell_graph.sources.world import WorldConfig, write_world

PROCESSES = 5
KEPT = "kept"
RECIPE = find_recipe("default")


def questions(terms: list[str], release: str) -> dict[str, Callable[[Neo4jRunner, random.Random], Any]]:
    """What pages ask, with something to ask about."""
    sources = ("sgd", "goa")
    choice = browse.Choice(sources=sources, genome="sgd", release=release)
    compared = CompareConfig(a="sgd", b="goa", release=release, genome="sgd")

    def page(runner: Neo4jRunner, chance: random.Random) -> object:
        return browse.page(runner, choice, offset=chance.randrange(200), size=50, sort="file")

    return {
        "what is loaded": lambda runner, _: load.loaded(runner),
        "a page of annotations": page,
        "how many annotations": lambda runner, _: browse.count(runner, choice),
        "a term": lambda runner, chance: term_facts(runner, release, chance.choice(terms)),
        "search": lambda runner, chance: find(runner, chance.choice(terms)),
        "why is a term in or not": lambda runner, chance: why(runner, KEPT, chance.choice(terms)),
        "a snapshot": lambda runner, _: read_snapshot(runner, KEPT),
        "two files compared": lambda runner, _: compare(runner, compared),
    }


def client(settings: Settings, number: int, until: float, terms: list[str], release: str, answers: Any) -> None:
    """Ask one question after the other."""
    chance = random.Random(number)
    asked = list(questions(terms, release).items())
    while time.time() < until:
        name, ask = chance.choice(asked)
        began, error = time.perf_counter(), ""
        try:
            with open_database(settings) as runner:
                ask(runner, chance)
        except Exception as problem:
            error = f"{type(problem).__name__}: {problem}"
        answers.put((name, time.perf_counter() - began, error))


def clients(settings: Settings, numbers: list[int], until: float, terms: list[str], release: str, answers: Any) -> None:
    """Some clients in this process."""
    threads = [
        threading.Thread(target=client, args=(settings, number, until, terms, release, answers)) for number in numbers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def builder(settings: Settings, number: int, until: float, release: str, answers: Any) -> None:
    """Build and remove a snapshot over and over."""
    name = f"built-{number}"
    while time.time() < until:
        began, error = time.perf_counter(), ""
        try:
            with open_database(settings) as runner:
                build_snapshot(runner, name, RECIPE, release=release, sources=["sgd"], genome="sgd")
                read_snapshot(runner, name)
                load.remove(runner, "Snapshot", name)
        except Busy:
            answers.put(("build refused: another command writes", time.perf_counter() - began, ""))
            continue
        except Exception as problem:
            error = f"{type(problem).__name__}: {problem}"
        answers.put(("build, read, remove", time.perf_counter() - began, error))


def megabytes(pids: list[int]) -> float:
    """Memory of processes together."""
    return sum(psutil.Process(pid).memory_info().rss for pid in pids if psutil.pid_exists(pid)) / 2**20


def fill(settings: Settings, options: argparse.Namespace) -> tuple[list[str], str]:
    """Load a generated world and build the snapshot that is asked about; its terms and release."""
    config = WorldConfig(seed=1, n_terms=options.terms, n_genes=options.genes, n_strains=10)
    files = write_world(config, settings.home / "world")
    terms = [term.id for term in read_obo(files.ontology).terms]
    with open_database(settings, start=True) as runner:
        load.load_ontology(runner, files.ontology)
        load.load_genome(runner, files.features, name="sgd")
        load.load_annotations(runner, files.sgd_gaf, name="sgd")
        load.load_annotations(runner, files.goa_gaf, name="goa")
        release = browse.scope(runner).releases[0]
        build_snapshot(runner, KEPT, RECIPE, release=release, sources=["sgd"], genome="sgd")
    return terms, release


def main() -> None:
    """Run all of them and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--builders", type=int, default=4)
    parser.add_argument("--terms", type=int, default=2_000)
    parser.add_argument("--genes", type=int, default=1_000)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the database is stopped
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), neo4j_uri=None)
        try:
            terms, release = fill(settings, options)
            pid = server.status(settings).pid
            assert pid is not None
            before = megabytes([pid])
            answers: Any = context.Queue()
            until = time.time() + 60 * options.minutes
            shares = [list(range(options.clients))[start::PROCESSES] for start in range(PROCESSES)]
            work = [
                context.Process(target=clients, args=(settings, share, until, terms, release, answers))
                for share in shares
            ] + [
                context.Process(target=builder, args=(settings, number, until, release, answers))
                for number in range(options.builders)
            ]
            for process in work:
                process.start()
            errors = _gather(work, answers, [pid], before)
        finally:
            server.stop(settings)
    sys.exit(1 if errors else 0)


def _gather(work: list[Any], answers: Any, servers: list[int], before: float) -> int:
    took: dict[str, list[float]] = defaultdict(list)
    failed: dict[str, list[str]] = defaultdict(list)
    memory: list[tuple[float, float]] = []
    began = looked = time.time()
    while any(process.is_alive() for process in work) or not answers.empty():
        try:
            name, seconds, error = answers.get(timeout=0.5)
        except queue.Empty:
            continue
        took[name].append(seconds)
        if error:
            failed[name].append(error)
        if time.time() - looked > 5:
            looked = time.time()
            memory.append((megabytes(servers), megabytes([process.pid for process in work])))
    for name, seconds_each in sorted(took.items()):
        middle, high, highest = np.percentile(seconds_each, [50, 95, 99])
        print(
            f"{name:<38} {len(seconds_each):>7,} asked, {len(failed[name])} errors; "
            f"p50 {middle:.2f} s, p95 {high:.2f} s, p99 {highest:.2f} s"
        )
    for name, errors in failed.items():
        for text in sorted(set(errors))[:3]:
            print(f"  {name}: {text}")
    total = sum(map(len, took.values()))
    print(f"{total:,} answers in {time.time() - began:.0f} s")
    if memory:
        first, last = memory[min(2, len(memory) - 1)], memory[-1]
        print(f"memory of the server: {before:.0f} MB before, {first[0]:.0f} MB early, {last[0]:.0f} MB late")
        print(f"memory of the clients: {first[1]:.0f} MB early, {last[1]:.0f} MB late")
    return sum(map(len, failed.values()))


if __name__ == "__main__":
    try:
        main()
    except DcellGraphError as problem:
        sys.exit(str(problem))
