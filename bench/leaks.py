"""What stays behind after many page reruns and many snapshots that are built and removed.

    python bench/leaks.py [--reruns 1000] [--builds 1000] [--terms 500] [--genes 300]

Pages run in Streamlit's own test runner in this process, on a generated world in a database of its own; the first tenth
of either is a run-in. Prints, at ten places in between, the objects and the memory of this process, its open files and
threads, the connections, memory, heap and open files of the server, the size of its store, of its list of records that
are free again, and of its logs of transactions. The server writes its store and cuts its logs, to 128 MB, at
checkpoints, of which it makes one every quarter of an hour and one when it stops: the last line is of then. Ends with
status 1 if open files, threads or connections grow.
"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import neo4j
import psutil
from streamlit.testing.v1 import AppTest

from dcell_graph.graph import browse, load, server
from dcell_graph.graph.build import build_snapshot
from dcell_graph.graph.session import open_database
from dcell_graph.settings import Settings
from dcell_graph.snapshot.recipe import find_recipe
from dcell_graph.sources.world import WorldConfig, write_world

APP = Path(__file__).parent.parent / "app" / "streamlit_app.py"
PAGES = ("overview", "annotations", "term", "snapshots", "build", "cypher")
PLACES = 10
HEAP = "CALL dbms.queryJmx('java.lang:type=Memory') YIELD attributes RETURN attributes.HeapMemoryUsage.value.properties"


def megabytes(folder: Path) -> float:
    """What the files of a folder take."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20


def on_disk(settings: Settings) -> dict[str, float]:
    """What the database takes, in MB."""
    data = settings.database / "data"
    waiting = sum(path.stat().st_size for path in data.glob("databases/*/id-buffer*")) / 2**20
    return {
        "MB store": megabytes(data / "databases") - waiting,
        "MB ids to be reused": waiting,
        "MB transaction logs": megabytes(data / "transactions"),
    }


def state(settings: Settings) -> dict[str, float]:
    """What there is now, by what it is."""
    gc.collect()
    here = psutil.Process()
    pid = server.status(settings).pid
    assert pid is not None
    there = psutil.Process(pid)
    where = server.connection(settings)
    with neo4j.GraphDatabase.driver(where.uri, auth=(where.user, where.password)) as driver:
        (heap,) = driver.execute_query(HEAP, database_="system").records[0]
    port = int(where.uri.rpartition(":")[2])
    connected = [
        link for link in there.net_connections("tcp") if link.status == "ESTABLISHED" and link.laddr.port == port
    ]
    return {
        "objects": len(gc.get_objects()),
        "MB here": here.memory_info().rss / 2**20,
        "open files": here.num_fds(),
        "threads": here.num_threads(),
        "connections": len(connected),
        "MB server": there.memory_info().rss / 2**20,
        "MB of its heap": heap["used"] / 2**20,
        "server files": there.num_fds(),
        **on_disk(settings),
    }


def in_words(sizes: dict[str, float]) -> str:
    """Each number with its name."""
    return ", ".join(f"{value:,.0f} {name}" for name, value in sizes.items())


def campaign(what: str, times: int, once: Callable[[int], None], settings: Settings) -> bool:
    """Do something so many times; whether nothing that counts has grown since the run-in."""
    step = max(1, times // PLACES)
    seen: list[dict[str, float]] = []
    began = time.perf_counter()
    for number in range(times):
        once(number)
        if (number + 1) % step == 0:
            seen.append(state(settings))
            print(f"{what} {number + 1:>6,} ({time.perf_counter() - began:.0f} s): {in_words(seen[-1])}", flush=True)
    first, last = seen[0], seen[-1]
    return all(last[name] <= first[name] + 2 for name in ("open files", "threads", "connections"))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reruns", type=int, default=1_000)
    parser.add_argument("--builds", type=int, default=1_000)
    parser.add_argument("--terms", type=int, default=500)
    parser.add_argument("--genes", type=int, default=300)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the database is stopped
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), neo4j_uri=None)
        os.environ["DCELL_GRAPH_HOME"] = home
        os.environ.pop("NEO4J_URI", None)
        sys.path.insert(0, str(APP.parent))
        config = WorldConfig(seed=1, n_terms=options.terms, n_genes=options.genes, n_strains=10)
        files = write_world(config, Path(home) / "world")
        recipe = find_recipe("default")
        try:
            with open_database(settings, start=True) as runner:
                load.load_ontology(runner, files.ontology)
                load.load_genome(runner, files.features, name="sgd")
                load.load_annotations(runner, files.sgd_gaf, name="sgd")
                release = browse.scope(runner).releases[0]
                build_snapshot(runner, "kept", recipe, release=release, sources=["sgd"], genome="sgd")

            def build(number: int) -> None:
                with open_database(settings) as runner:
                    build_snapshot(runner, "one", recipe, release=release, sources=["sgd"], genome="sgd")
                    load.remove(runner, "Snapshot", "one")

            opened = {}
            for page in PAGES:
                opened[page] = AppTest.from_file(str(APP), default_timeout=120).run()
                opened[page].switch_page(f"app_pages/{page}.py")

            def rerun(number: int) -> None:
                page = opened[PAGES[number % len(PAGES)]].run()
                assert not page.exception, page.exception

            sound = campaign("pages", options.reruns, rerun, settings) if options.reruns else True
            sound = (campaign("snapshots", options.builds, build, settings) if options.builds else True) and sound
        finally:
            server.stop(settings)
            print(f"the server has stopped: {in_words(on_disk(settings))}")
    print("nothing that counts has grown" if sound else "something has grown")
    sys.exit(0 if sound else 1)


if __name__ == "__main__":
    main()
