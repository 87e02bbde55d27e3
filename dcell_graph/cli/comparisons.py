"""How comparisons, changes and waterfalls are shown: the answer in a sentence first, then short tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd

from dcell_graph.cli import choices
from dcell_graph.cli.display import say
from dcell_graph.cli.frames import FILES, Kind, show_frame, show_json, show_markdown, write_folder
from dcell_graph.graph.comparison.changes import ADDED_AT_ALL, CHANGED, CHANGES, REMOVED_AT_ALL, Changes
from dcell_graph.graph.comparison.compare import CompareConfig, Comparison
from dcell_graph.graph.comparison.compare import compare as compare_sources
from dcell_graph.graph.comparison.filters import Filters
from dcell_graph.graph.comparison.known_on import SourceFile, find_sources
from dcell_graph.graph.comparison.tables import table
from dcell_graph.graph.comparison.waterfall import Waterfall
from dcell_graph.graph.comparison.waterfall import waterfall as follow_rows
from dcell_graph.graph.runner import Runner

TABLES = {
    "reason": "by_explanation",
    "difference": "by_difference",
    "evidence": "by_evidence",
    "namespace": "by_namespace",
    "year": "by_year",
}
_SHORT_PAIR = ("gene", "symbol", "not", "term", "name", "differs", "explanation", "evidence_a", "evidence_b")
_FRAMES = ("pairs", *TABLES.values(), "contradictions", "terms", "products", "steps")
_SHORT_CHANGE = ("change", "symbol", "term", "not_a", "not_b", "evidence_a", "evidence_b", "dates_a", "dates_b")
_EMPTY = {"by_explanation": "neither file has a pair that the other lacks"}
_SIDES = {"only_a": "only A", "only_b": "only B"}
_TOTALS = (
    *("A", "B", "only A", "only B", "both", "same"),
    *("evidence differs", "date differs", "relation differs", "references differ", "evidence or date differs"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AllCompared:
    """Every two of some files compared.

    Args:
        waterfall: of each file.
        totals: ``A``, ``B`` and the totals of each comparison.
        by_explanation: ``A``, ``B``, ``side``, ``explanation``, ``pairs``.
        notes: the time axis used, and warnings.
    """

    waterfall: Waterfall
    totals: pd.DataFrame
    by_explanation: pd.DataFrame
    notes: tuple[str, ...]


def show_comparison(
    result: Comparison, tables: list[str], show: str | None, limit: int, csv: Path | None, as_json: bool
) -> None:
    """Print a comparison: the answer, tables, pairs; or write it.

    Args:
        result: of the comparison.
        tables: attributes of it to print.
        show: side of which pairs are listed, if any.
        limit: how many of them.
        csv: folder to write everything into, if any.
        as_json: print JSON instead.
    """
    if show is not None:
        choices.one_of("--show", show, ("only_a", "only_b", "both"))
    frames = {name: getattr(result, name) for name in _FRAMES}
    if csv is not None:
        write_folder(csv, frames, result.notes)
    if as_json:
        config = result.config
        show_json(
            {
                **_asked(config.release, config.genome, config.filters),
                "a": _file(result.a),
                "b": _file(result.b),
                "totals": result.totals,
                "notes": result.notes,
                **frames,
            }
        )
        return
    for sentence in _answer(result):
        say(sentence)
    for name in tables:
        say("")
        show_frame(frames[name], empty=_EMPTY.get(name, "no pair"))
    if show is not None:
        chosen = result.pairs[(result.pairs["side"] == show).to_numpy()]
        if show == "both":
            chosen = chosen[[bool(words) for words in chosen["differs"]]]
        say("")
        show_frame(chosen[list(_SHORT_PAIR)].head(limit), empty="no such pair")
        if len(chosen) > limit:
            say(f"{len(chosen) - limit:,} more; --limit shows more, --csv writes all")
    _show_notes(result.notes)


def _answer(result: Comparison) -> list[str]:
    totals, config = result.totals, result.config
    shared = "the same in everything"
    return [
        f"A {result.a.title} and B {result.b.title} share {totals['both']:,} pairs; "
        f"{totals['only_a']:,} are only in A, {totals['only_b']:,} only in B.",
        f"Of the shared pairs {totals['same']:,} are {shared}; evidence differs in {totals['evidence']:,}, the latest "
        f"date in {totals['date']:,}, the relation in {totals['relation']:,}, the references in "
        f"{totals['reference']:,}.",
        f"Compared: {config.filters.words()}; terms of {config.release}, genes of {config.genome}.",
        _apart(result),
    ]


def _apart(result: Comparison) -> str:
    """What is listed apart because it cannot be compared."""
    parts = []
    for source in (result.a.name, result.b.name):
        terms, products = (frame[(frame["source"] == source).to_numpy()] for frame in (result.terms, result.products))
        counts = [
            f"{int(terms['annotations'][(terms['status'] == status).to_numpy()].sum()):,} of {status} ids"
            for status in ("merged", "obsolete", "unknown")
        ]
        gone = int(products["annotations"].sum())
        parts.append(f"{source} has {', '.join(counts)} and {gone:,} of products without a gene")
    return "Annotations apart: " + "; ".join(parts) + ". Merged ids count as the term that took them over."


def show_changes(result: Changes, show: str | None, limit: int, csv: Path | None, as_json: bool) -> None:
    """Print what happened to the annotations; the arguments are those of ``show_comparison``."""
    if show is not None:
        choices.one_of("--show", show, CHANGES)
    frames = {"annotations": result.annotations, "by_evidence": result.by_evidence}
    if csv is not None:
        write_folder(csv, frames, result.notes)
    if as_json:
        show_json(
            {"a": _file(result.a), "b": _file(result.b), "totals": result.totals, "notes": result.notes, **frames}
        )
        return
    say(f"From {result.a.title} to {result.b.title}: {result.sentence('removed')}; {result.sentence('added')}.")
    if any(result.totals[change] for change in CHANGED):
        say("At all: with the changed annotations, each of which is one removed and one added.")
    matched = "gene product" if result.by_product else "gene (the files identify products in different databases)"
    say(f"Annotations are matched by {matched}, term, NOT, relation, evidence, paper, With/From and extension.")
    say("")
    totals = table(
        [[change, result.totals[change]] for change in (*CHANGES, REMOVED_AT_ALL, ADDED_AT_ALL)],
        ["change", "annotations"],
    )
    show_frame(totals, empty="nothing")
    say("")
    show_frame(result.by_evidence, empty="nothing")
    if show is not None:
        chosen = result.annotations[(result.annotations["change"] == show).to_numpy()]
        say("")
        show_frame(chosen[list(_SHORT_CHANGE)].head(limit), empty=f"nothing is {show}")
    _show_notes(result.notes)


def show_waterfall(result: Waterfall, csv: Path | None, *, as_json: bool, markdown: bool) -> None:
    """Print a waterfall with one column a source, or write it."""
    if csv is not None:
        write_folder(csv, {"steps": result.steps}, result.notes)
    if as_json:
        show_json(
            {**_asked(result.release, result.genome, result.filters), "steps": result.steps, "notes": result.notes}
        )
        return
    if markdown:
        show_markdown(result.by_source(), kinds=FILES)
        return
    last = result.steps[(result.steps["step"] == "pairs").to_numpy()]
    first = result.steps[(result.steps["step"] == "rows read").to_numpy()]
    for file, rows, pairs in zip(result.sources, first["number"], last["number"], strict=True):
        say(f"{file.title}: {rows:,} rows, {pairs:,} pairs.")
    say(f"Counted: {result.filters.words()}; terms of {result.release}, genes of {result.genome}.")
    say("")
    show_frame(result.by_source(), empty="nothing", kinds=FILES)
    _show_notes(result.notes)


def compare_all(runner: Runner, names: tuple[str, ...], config: CompareConfig) -> AllCompared:
    """Follow the rows of each file and compare every two of them, the older one as A.

    Args:
        runner: of the database.
        names: of loaded files.
        config: with everything but the two names.
    """
    files = sorted(find_sources(runner, names), key=lambda file: (file.file_date or date.max, file.name))
    ordered = tuple(dict.fromkeys(file.name for file in files))
    steps = follow_rows(runner, ordered, release=config.release, genome=config.genome, filters=config.filters)
    results = [compare_sources(runner, replace(config, a=a, b=b)) for a, b in combinations(ordered, 2)]
    totals = [[result.a.name, result.b.name, *result.totals.values()] for result in results]
    reasons = [
        [result.a.name, result.b.name, *row]
        for result in results
        for row in result.by_explanation.itertuples(index=False, name=None)
    ]
    return AllCompared(
        waterfall=steps,
        totals=table(totals, _TOTALS),
        by_explanation=table(reasons, ["A", "B", "side", "explanation", "pairs"]),
        # Each comparison repeats the notes about its files; its last one may warn that one of them is old.
        notes=steps.notes + tuple(note for result in results if (note := result.stale) is not None),
    )


def show_all(result: AllCompared, csv: Path | None, *, as_json: bool, markdown: bool) -> None:
    """Print the tables of docs/comparison.md, or write them.

    Args:
        result: of ``compare_all``.
        csv: folder to write everything into, if any.
        as_json: print JSON instead.
        markdown: Markdown instead of tables for the screen.
    """
    steps = result.waterfall
    frames = {"steps": steps.steps, "totals": result.totals, "by_explanation": result.by_explanation}
    if csv is not None:
        write_folder(csv, frames, result.notes)
    if as_json:
        show_json({**_asked(steps.release, steps.genome, steps.filters), **frames, "notes": result.notes})
        return
    display = show_markdown if markdown else _show_table
    say(f"Terms of {steps.release}, genes of {steps.genome}, {steps.filters.words()}.")
    say("")
    display(steps.by_source(), kinds=FILES)
    for frame in (result.totals, _reasons_side_by_side(result)):
        if len(frame):
            say("")
            display(frame, kinds=FILES)
    _show_notes(result.notes)


def _reasons_side_by_side(result: AllCompared) -> pd.DataFrame:
    """Explanations with one column a pair of files; without rows if no file has a pair that another lacks."""
    counts: dict[tuple[str, str], dict[tuple[str, str], int]] = {}
    for a, b, side, words, pairs in result.by_explanation.itertuples(index=False, name=None):
        counts.setdefault((side, words), {})[a, b] = pairs
    both = list(zip(result.totals["A"], result.totals["B"], strict=True))
    rows = [
        [_SIDES[side], words, *(counts[side, words].get(files, 0) for files in both)] for side, words in sorted(counts)
    ]
    return pd.DataFrame(rows, columns=["side", "explanation", *(f"{a}, {b}" for a, b in both)], dtype=object)


def _show_notes(notes: tuple[str, ...]) -> None:
    say("")
    for note in notes:
        say(note)


def _show_table(frame: pd.DataFrame, *, kinds: Mapping[str, Kind]) -> None:
    show_frame(frame, empty="nothing", kinds=kinds)


def _asked(release: str, genome: str, filters: Filters) -> dict[str, Any]:
    return {"release": release, "genome": genome, "filters": filters.words()}


def _file(file: SourceFile) -> dict[str, Any]:
    return {"name": file.name, "family": file.family, "file_date": file.file_date, "annotations": file.annotations}
