"""Short words for what the cases ask: the fate of each row, the genes of each term, what the program says."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from dcell_graph.cli import app
from dcell_graph.graph import load
from dcell_graph.graph.build import build_snapshot
from dcell_graph.graph.hand_over import read_snapshot
from dcell_graph.graph.judge import Judgement, judge
from dcell_graph.graph.records import AS_ANNOTATED
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.snapshot.recipe import find_recipe, with_options
from dcell_graph.snapshot.schema import Snapshot

CASES = Path(__file__).parent
BRANCHES = {"P": "biological_process", "F": "molecular_function", "C": "cellular_component"}


def folder(number: int) -> Path:
    """The folder of a case."""
    (found,) = CASES.glob(f"{number:02d}-*")
    return found


def load_case(runner: Neo4jRunner, number: int, *gafs: str, obo: str | None = "go.obo") -> None:
    """Load the ontology of a case and its annotation files, each under its name without the ending."""
    place = folder(number)
    if obo is not None:
        load.load_ontology(runner, place / obo)
    for gaf in gafs or ("ann",):
        load.load_annotations(runner, place / f"{gaf}.gaf", name=gaf)


def everything(runner: Neo4jRunner) -> list[dict[str, Any]]:
    """How many nodes and relationships of each kind there are."""
    return runner.read("check/everything")


# ---- rows


def fates(runner: Neo4jRunner, source: str, release: str | None) -> dict[int, str]:
    """Line -> KEEP, KEEP-FLAG, MERGE or REFUSE, for every row of a file; on a release, or by the file alone."""
    if release is None:
        rows = load.findings(runner, "AnnotationFile", source)
        remarks = [(row["line"], row["outcome"]) for row in rows]
    else:
        remarks = [(remark.line, remark.outcome) for remark in judge(runner, source, release).remarks]
    outcomes = {row["line"]: "KEEP" for row in runner.read("check/annotations", source=source)}
    for outcome, word in (("flagged", "KEEP-FLAG"), ("merged", "MERGE"), ("refused", "REFUSE")):
        outcomes |= {line: word for line, said in remarks if said == outcome and line is not None}
    return dict(sorted(outcomes.items()))


def remarks(judgement: Judgement, line: int | None) -> list[tuple[str, str]]:
    """(outcome, reason) of every remark about a line, sorted."""
    return sorted((remark.outcome, remark.reason) for remark in judgement.remarks if remark.line == line)


def text(judgement: Judgement, line: int | None, reason: str) -> str:
    """The sentence of the one remark with that reason."""
    (found,) = [remark.text for remark in judgement.remarks if (remark.line, remark.reason) == (line, reason)]
    return found


def file_findings(runner: Neo4jRunner, kind: str, name: str) -> set[tuple[int | None, str, str]]:
    """(line, outcome, reason) of what was found while reading a file."""
    return {(row["line"], row["outcome"], row["reason"]) for row in load.findings(runner, kind, name)}


def stored(runner: Neo4jRunner, source: str) -> dict[int, dict[str, Any]]:
    """Line -> the annotation as it is in the database, with its product."""
    return {row["line"]: row for row in runner.read("check/whole_annotations", source=source)}


def positive_pairs(runner: Neo4jRunner, *sources: str) -> set[str]:
    """``AAA1 GO:9000002`` for every gene and term that a positive annotation joins."""
    rows = [row for source in sources for row in stored(runner, source).values()]
    return {f"{row['symbol']} {row['term']}" for row in rows if not row["properties"]["negated"]}


# ---- snapshots


def build(
    runner: Neo4jRunner,
    name: str,
    *,
    branches: str = "PFC",
    sources: Iterable[str] = ("ann",),
    release: str = "2018-06-01",
    genome: str = AS_ANNOTATED,
    until: str | None = None,
    **options: Any,
) -> Snapshot:
    """A snapshot by the default recipe, with terms of every size."""
    options = {"stages": [], "namespaces": [BRANCHES[letter] for letter in branches], **options}
    recipe = with_options(find_recipe("default"), until=until, options=options)
    build_snapshot(runner, name, recipe, release=release, sources=list(sources), genome=genome)
    return read_snapshot(runner, name)


def genes(snapshot: Snapshot) -> dict[str, str]:
    """Term -> symbols of its genes after propagation, sorted, with spaces between."""
    symbol = dict(zip(snapshot.genes["gene"], snapshot.genes["symbol"], strict=True))
    direct = list(zip(snapshot.annotations["term"], snapshot.annotations["gene"], strict=True))
    links = list(zip(snapshot.parents["child"], snapshot.parents["parent"], strict=True))

    def contained(term: str) -> set[str]:
        below = {gene for child, parent in links if parent == term for gene in contained(child)}
        return below | {symbol[gene] for holder, gene in direct if holder == term}

    found = {str(term): contained(str(term)) for term in snapshot.terms["term"]}
    assert [len(held) for held in found.values()] == list(snapshot.terms["contained_genes"])
    return {term: " ".join(sorted(held)) for term, held in found.items()}


# ---- the program


@dataclass(frozen=True)
class Said:
    """What the program said and how it ended."""

    status: int
    out: str
    err: str

    def json(self) -> Any:
        assert self.status == 0, self.err
        return json.loads(self.out)


class Program:
    """The command line."""

    def __call__(self, *arguments: object) -> Said:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return Said(result.exit_code, result.stdout, result.stderr)

    def refused(self, *arguments: object) -> str:
        """The one sentence of an attempt that must fail."""
        said = self(*arguments)
        assert said.status == 1, said.out
        assert said.err.startswith("error: ") and len(said.err.strip().splitlines()) == 1, said.err
        return said.err
