"""Time and memory of training at full size.

    python bench/world.py SNAPSHOT [--pairs 8000000] [--strains 1000000] [--batch 4096] [--threads 1]

SNAPSHOT is the folder of a snapshot, as ``dcell-graph snapshot export`` writes it. A table of distinct pairs of
its genes is written, imported, read, and divided as training does it. Then a model of the default options learns from
some of the training strains (``--strains``; 0 for all of them, which is an epoch). Each line says how long a step took,
how much memory the process has after it, and the most that it has had so far. Within the epoch the memory is said ten
times, so that it can be seen whether it grows.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import comb, gcd
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import torch
from pyarrow import csv

from dcell_graph.measurements.gathering import Request
from dcell_graph.measurements.storage import import_tables, read_dataset
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.snapshot.storage import read_snapshot
from dcell_graph.snapshot.visible import visible_genes
from dcell_graph.train.config import train_config
from dcell_graph.train.loop import evaluation_pass, train_pass
from dcell_graph.train.preparation import prepare
from dcell_graph.train.run import fresh_learner

BLOCK = 500_000
MEGABYTE = 1 << 20


def distinct_pairs(places: npt.NDArray[np.int64], genes: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Two genes for each place, never the same two for two places below the number of all pairs."""
    stride = next(number for number in range(7_919_017, 7_929_017) if gcd(number, comb(genes, 2)) == 1)
    rank = places * stride % comb(genes, 2)
    second = ((1 + np.sqrt(1 + 8.0 * rank)) / 2).astype(np.int64)
    second -= second * (second - 1) // 2 > rank
    second += second * (second + 1) // 2 <= rank
    return rank - second * (second - 1) // 2, second


def write_pairs(path: Path, genes: list[str], pairs: int) -> None:
    """A table of pairs in the format of the original DCell, block by block."""
    random = np.random.Generator(np.random.PCG64(0))
    effect, names = random.normal(0, 0.1, len(genes)), pa.array(genes)
    options = csv.WriteOptions(delimiter=" ", include_header=False, quoting_style="none")
    with path.open("wb") as file:
        for start in range(0, pairs, BLOCK):
            size = min(BLOCK, pairs - start)
            first, second = distinct_pairs(np.arange(start, start + size), len(genes))
            score = np.round(effect[first] + effect[second] + random.normal(0, 0.05, size), 4)
            columns = [pa.repeat(2, size), names.take(pa.array(first)), names.take(pa.array(second)), pa.array(score)]
            csv.write_csv(pa.table(columns, names=["number", "first", "second", "score"]), file, options)


def memory() -> tuple[float, float]:
    """What the process has now, and the most it has had, in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    now = pages * resource.getpagesize() / MEGABYTE
    return now, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@contextmanager
def told(what: str) -> Iterator[None]:
    """Say afterwards what a step took."""
    began, processor = time.perf_counter(), time.process_time()
    yield
    seconds, used = time.perf_counter() - began, time.process_time() - processor
    now, most = memory()
    print(
        f"{what}: {seconds:,.1f} s ({used:,.1f} s of processor), {now:,.0f} MB now, {most:,.0f} MB at most", flush=True
    )


def main(options: argparse.Namespace) -> None:
    """Measure and print."""
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        with told("programs and snapshot"):
            snapshot = read_snapshot(options.snapshot)
            genes, _ = visible_genes(snapshot)
        table = Path(name) / "pairs.txt"
        with told(f"table of {options.pairs:,} pairs of {len(genes):,} genes written"):
            write_pairs(table, sorted(genes), options.pairs)
        with told("import"):
            import_tables([table], Request(source_format="dcell"), datasets=Path(name), name="pairs")
        table.unlink()
        with told("dataset read"):
            dataset = read_dataset(Path(name) / "pairs")
        config = train_config({"batch_size": options.batch, "fractions": (0.8, 0.1, 0.1)})
        with told("strains chosen and divided"):
            prepared = prepare(snapshot, dataset, config)
        with told("model"):
            hierarchy = Hierarchy.from_snapshot(snapshot, config.architecture)
            learner = fresh_learner(hierarchy, prepared, config, torch.device("cpu"))
        batches = prepared.batches(config, 1)
        if options.strains:
            batches = batches[: -(-options.strains // options.batch)]

        def progress(_: str, done: int, total: int | None) -> None:
            if done * 10 // len(batches) > (done - 1) * 10 // len(batches):
                now, most = memory()
                print(f"  {done:,} of {total:,} batches: {now:,.0f} MB, {most:,.0f} MB at most", flush=True)

        strains = sum(map(len, batches))
        whole = f"{strains:,} of {len(prepared.train):,} training strains, {hierarchy.n_terms:,} terms"
        began = time.perf_counter()
        with told(f"learnt from {whole}, batches of {options.batch:,}, {options.threads} threads"):
            train_pass(learner, prepared.train, batches, epoch=1, progress=progress)
        print(f"  {strains / (time.perf_counter() - began):,.0f} strains a second", flush=True)
        some = prepared.validation.take(np.arange(min(len(prepared.validation), strains), dtype=np.int64))
        with told(f"{len(some):,} validation strains predicted"):
            evaluation_pass(learner, some, where="validation")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("snapshot", type=Path)
    parser.add_argument("--pairs", type=int, default=8_000_000)
    parser.add_argument("--strains", type=int, default=1_000_000, help="of an epoch; 0 for all")
    parser.add_argument("--batch", type=int, default=4_096)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where files may be written; default: the system's place")
    main(parser.parse_args())
