"""From the rows of a file to the pairs that are kept: what goes at each step, and why; every number adds up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dcell_graph.graph.comparison import axes
from dcell_graph.graph.comparison.filters import KEPT, Filters, Sieve, genes_wanted, sieve, spread
from dcell_graph.graph.comparison.known_on import SourceFile, find_sources, loaded_sources
from dcell_graph.graph.comparison.statements import Statements, read_statements
from dcell_graph.graph.runner import Runner
from dcell_graph.sources.memo import collector_paused

COLUMNS = ("source", "step", "kind", "number", "left", "unit")
_REFUSED = "refused: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Waterfall:
    """What became of the rows of each source.

    Args:
        sources: the files.
        release, genome, filters: what was asked.
        steps: ``source``, ``step``, ``kind`` (``total``, ``out`` or ``in``), ``number``, ``left`` (what is there
            after the step) and ``unit`` (rows, annotations, statements or pairs). For each step
            ``left`` is that of the step before, less the number (``out``) or plus it (``in``); a total repeats it.
        notes: which time axis was used, and what to keep in mind.
    """

    sources: tuple[SourceFile, ...]
    release: str
    genome: str
    filters: Filters
    steps: pd.DataFrame
    notes: tuple[str, ...]

    def by_source(self) -> pd.DataFrame:
        """The same with one row a step and one column a source; what goes is negative."""
        signed = self.steps["number"].where(self.steps["kind"] != "out", -self.steps["number"])
        order = _ordered_steps(self.steps)
        wide = self.steps.assign(number=signed).pivot(index="step", columns="source", values="number")
        names = [file.name for file in self.sources]
        numbers = wide.reindex(order)[names].fillna(0).astype("int64").rename_axis(columns=None)
        # A file can be called "step" as well.
        numbers.insert(0, "step", order, allow_duplicates=True)
        return numbers.reset_index(drop=True)


@collector_paused()
def waterfall(
    runner: Runner, sources: tuple[str, ...], *, release: str, genome: str, filters: Filters | None = None
) -> Waterfall:
    """Follow the rows of each source to the pairs that are kept.

    Args:
        runner: of the database.
        sources: names of loaded annotation files, each once.
        release: ontology release to look terms up in.
        genome: genome to look genes up in.
        filters: default: without NOT and ND.

    Raises:
        NotFound: a file, or the gene list of the filters, is not loaded.
    """
    filters = filters or Filters()
    files = find_sources(runner, tuple(dict.fromkeys(sources)))
    statements = read_statements(runner, files, release=release, genome=genome, detail="waterfall")
    judged = sieve(statements, filters, genes_wanted(runner, filters, genome))
    refused = {file.name: refusals(runner, file) for file in files}
    return Waterfall(
        sources=files,
        release=release,
        genome=genome,
        filters=filters,
        steps=steps(statements, judged, refused),
        notes=axes.notes(files, filters, loaded_sources(runner)),
    )


def steps(statements: Statements, judged: Sieve, refused: dict[str, dict[str, int]]) -> pd.DataFrame:
    """The steps of ``Waterfall``, from what was read and judged.

    Args:
        statements: of the sources.
        judged: the fate of each annotation.
        refused: by source, the refused rows by reason.
    """
    source_of = statements.annotations()["source"].to_numpy()
    n, width = len(statements.sources), len(judged.reasons)
    fates = np.bincount(source_of * width + judged.fate, minlength=n * width).reshape(n, width)
    kept = spread(statements, judged, statements.records[judged.alive])
    said = kept.drop_duplicates(["annotation", "gene", "term"]).groupby("source").size()
    pairs = kept.drop_duplicates(["source", "gene", "term", "negated"]).groupby("source").size()
    rows: list[tuple[object, ...]] = []
    for place, file in enumerate(statements.sources):
        out = dict(zip(judged.reasons, fates[place].tolist(), strict=True))
        numbers = out.pop(KEPT), int(said.get(place, 0)), int(pairs.get(place, 0))
        rows += _of_source(file, refused[file.name], out, *numbers)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _of_source(
    file: SourceFile, refused: dict[str, int], out: dict[str, int], kept: int, said: int, pairs: int
) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    left = 0

    def add(step: str, kind: str, number: int, unit: str) -> None:
        nonlocal left
        left = number if kind == "total" else left + number if kind == "in" else left - number
        rows.append((file.name, step, kind, number, left, unit))

    add("rows read", "total", file.rows, "rows")
    for reason, number in sorted(refused.items()):
        add(f"{_REFUSED}{reason}", "out", number, "rows")
    add("merged into another row", "out", file.merged, "rows")
    add("annotations", "total", file.annotations, "annotations")
    for reason, number in out.items():
        add(reason, "out", number, "annotations")
    add("kept annotations", "total", kept, "annotations")
    # A product with two genes states a pair for each; several annotations of a pair are one pair.
    add("further genes of one product", "in", said - kept, "statements")
    add("further annotations of a pair", "out", said - pairs, "statements")
    add("pairs", "total", pairs, "pairs")
    return rows


def refusals(runner: Runner, file: SourceFile) -> dict[str, int]:
    """How many rows of a file were refused, by reason."""
    return {row["reason"]: row["refused"] for row in runner.read("compare/refused", source=file.name)}


def _ordered_steps(table: pd.DataFrame) -> list[str]:
    """The steps in their order; reasons of refusal that only some sources have stand after the rows read."""
    seen = list(dict.fromkeys(table["step"]))
    refusals = sorted(step for step in seen if step.startswith(_REFUSED))
    return seen[:1] + refusals + [step for step in seen[1:] if step not in refusals]
