"""Time the import of measured strains against pandas, which reads the same file as a table: rows a second and memory.

    python bench/datasets.py [--rows 1000000 4000000]

A generated table in the format of Costanzo et al. 2016 (11 columns, 6,000 genes, one row in ten a repeat) is imported:
read, checked, averaged by genotype, sorted, hashed and written as Parquet. pandas.read_csv reads it into memory, which
checks, averages and writes nothing. Both in one process, ours first, since a process never shows a smaller peak again.

Seen on 2 cores that other programs used too: see docs/datasets.md.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv
from rich.console import Console
from rich.table import Table

from dcell_graph.measurements.gathering import Request
from dcell_graph.measurements.storage import import_tables

GENES = 6_000
BLOCK = 200_000
HEADER = [
    *("Query Strain ID", "Query allele name", "Array Strain ID", "Array allele name", "Arraytype/Temp"),
    *("Genetic interaction score (ε)", "P-value", "Query single mutant fitness (SMF)", "Array SMF"),
    *("Double mutant fitness", "Double mutant fitness standard deviation"),
]


def write_table(path: Path, rows: int) -> None:
    """Write a table of so many rows, block by block."""
    random = np.random.Generator(np.random.PCG64(0))
    orfs = np.array([f"Y{'ABCDEFGHIJKLMNOP'[n % 16]}L{n // 16:03d}W" for n in range(GENES)])
    query = pa.array([f"{orf}_sn{number}" for number, orf in enumerate(orfs)])
    array = pa.array([f"{orf}_dma{number}" for number, orf in enumerate(orfs)])
    name = pa.array([orf.lower() for orf in orfs])
    options = csv.WriteOptions(delimiter="\t", include_header=False, quoting_style="none")
    with path.open("wb") as file:
        file.write(("\t".join(HEADER) + "\n").encode())
        for start in range(0, rows, BLOCK):
            size = min(BLOCK, rows - start)
            # Nine pairs in ten are new; the others have been there, some the other way round.
            pair = np.arange(start, start + size) * 7_919 % (9 * rows // 10)
            first, second = pair % GENES, (pair // GENES + pair % GENES + 1) % GENES
            numbers = [np.round(random.normal(0, scale, size), 4) for scale in (0.1, 0.1, 0.05, 0.05, 0.1, 0.01)]
            columns: list[Any] = [
                query.take(pa.array(first)),
                name.take(pa.array(first)),
                array.take(pa.array(second)),
                name.take(pa.array(second)),
                pa.repeat("DMA30", size),
                numbers[0],
                np.abs(numbers[1]),
                1 + numbers[2],
                1 + numbers[3],
                1 + numbers[4],
                np.abs(numbers[5]),
            ]
            csv.write_csv(pa.table(dict(zip(HEADER, columns, strict=True))), file, options)


def peak() -> float:
    """The most memory that this process has had, in MB; Linux counts in kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(work: Callable[[], Any]) -> tuple[float, float, float]:
    """Seconds and processor seconds of a call, and the peak of memory after it."""
    start, processor = time.perf_counter(), time.process_time()
    result = work()
    times = time.perf_counter() - start, time.process_time() - processor
    del result
    return *times, peak()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 4_000_000], help="sizes, smallest first")
    parser.add_argument("--folder", type=Path, help="where files may be written; default: the system's place")
    options = parser.parse_args()
    console = Console()
    table = Table("what", "rows", "time", "processor", "rows/s", "peak memory")
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        path = folder / "table.tsv"
        for rows in options.rows:
            write_table(path, rows)
            before = peak()

            def bring_in(rows: int = rows) -> int:
                manifest = import_tables([path], Request(), datasets=folder / "datasets", name=f"rows-{rows}")
                return manifest.counts.strains

            seconds, processor, memory = measure(bring_in)
            table.add_row(
                "import", f"{rows:,}", f"{seconds:.1f} s", f"{processor:.1f} s", f"{rows / seconds:,.0f}",
                f"{memory:,.0f} MB ({before:,.0f} before)",
            )  # fmt: skip
        rows = options.rows[-1]
        seconds, processor, memory = measure(lambda: pd.read_csv(path, sep="\t"))
        table.add_row(
            "pandas.read_csv", f"{rows:,}", f"{seconds:.1f} s", f"{processor:.1f} s", f"{rows / seconds:,.0f}",
            f"{memory:,.0f} MB",
        )  # fmt: skip
    console.print(table)


if __name__ == "__main__":
    main()
