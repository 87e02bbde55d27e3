"""``dcell-graph load report`` and ``load identity``: what became of the rows and of the gene names of a loaded file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from dcell_graph.cli.csv_files import write_csv
from dcell_graph.cli.display import AsJson, say, show_json, show_rows
from dcell_graph.cli.errors import friendly_errors
from dcell_graph.errors import InputError
from dcell_graph.graph import load
from dcell_graph.graph.judge import judge
from dcell_graph.graph.records import AS_ANNOTATED, WORDS
from dcell_graph.graph.resolution import Resolved, resolved
from dcell_graph.graph.runner import Runner
from dcell_graph.graph.session import open_database
from dcell_graph.graph.shrink import shrinkages
from dcell_graph.settings import read_settings

KINDS = {word: kind for kind, word in WORDS.items()}
KindArgument = Annotated[str, typer.Argument(help=f"One of {', '.join(KINDS)}.")]
CsvFile = Annotated[Path | None, typer.Option("--csv", help="Write the rows into this file, as CSV.")]
_COLUMNS = ("line", "outcome", "reason", "by", "text")


@friendly_errors()
def report(
    kind: KindArgument,
    name: Annotated[str, typer.Argument(help="Name of the loaded thing.")],
    release: Annotated[
        str | None, typer.Option(help="Judge the annotations against this ontology release as well.")
    ] = None,
    genome: Annotated[
        str | None,
        typer.Option(help="With --release: genes are those of this genome; default: each product is its own."),
    ] = None,
    summary: Annotated[bool, typer.Option("--summary", help="Print the numbers by reason, not the lines.")] = False,
    as_json: AsJson = False,
    csv_file: CsvFile = None,
) -> None:
    """List the refused, merged and flagged lines of a loaded file, the numbers by reason first."""
    label_of_kind = label(kind)
    if release is not None and label_of_kind != "AnnotationFile":
        raise InputError("only annotations are judged against a release", expected="annotations", found=kind)
    if genome is not None and release is None:
        raise InputError("--genome only matters with --release", hint="name a release, or leave --genome out")
    with open_database(read_settings()) as runner:
        content = _content(runner, label_of_kind, name, release, genome or AS_ANNOTATED)
    rows = [[remark[column] for column in _COLUMNS] for remark in content["findings"]]
    if csv_file is not None:
        write_csv(csv_file, _COLUMNS, rows)
    if as_json:
        show_json(content)
        return
    if "rows" in content:
        numbers = " = ".join(
            [
                f"{content['rows']:,} rows",
                " + ".join(f"{content[key]:,} {key}" for key in ("kept", "merged", "refused")),
            ]
        )
        say(numbers + (f", on release {release}" if release else ""))
    for reason, number in content["counts"].items():
        say(f"  {number:,} {reason}")
    for namespace, genes in content["no_data"].items():
        if genes:
            branch = namespace.replace("_", " ")
            say(f"  {len(genes):,} genes with no data in {branch} and nothing else (--json names them)")
    if csv_file is not None:
        say(f"{len(rows):,} lines are in {csv_file}")
    elif not summary or not rows:
        show_rows(_COLUMNS, rows, as_json=False, empty=f"no line of {name} was refused, merged or flagged")


@friendly_errors()
def identity(
    source: Annotated[str, typer.Argument(help="Name of the annotation file.")],
    genome: Annotated[str, typer.Option(help="The genome that names are resolved against.")] = "sgd",
    as_json: AsJson = False,
    csv_file: CsvFile = None,
) -> None:
    """Say which genes the products of an annotation file are, by which kind of name, and which are none."""
    with open_database(read_settings()) as runner:
        answer = resolved(runner, source, genome)
    if csv_file is not None:
        columns = ("product", "symbol", "outcome", "genes", "candidates", "annotations")
        rows = [[_joined(asdict(one)[column]) for column in columns] for one in answer.identities]
        write_csv(csv_file, columns, rows)
    if as_json:
        show_json(_as_json(answer))
        return
    share = answer.covered_genes / answer.genome_genes if answer.genome_genes else 0.0
    say(
        f"{source} has annotations of {answer.covered_genes:,} of the {answer.genome_genes:,} genes "
        f"of {genome} ({share:.1%})"
    )
    show_rows(
        ("resolved by, or why not", "products", "annotations"), answer.counts(), as_json=False, empty="no product"
    )
    if csv_file is not None:
        say(f"{len(answer.identities):,} products are in {csv_file}")
        return
    unresolved = [
        (one.product, one.symbol, one.outcome, " or ".join(one.candidates), one.annotations)
        for one in answer.unresolved()
    ]
    headings = ("product", "symbol", "problem", "could be", "annotations")
    show_rows(headings, unresolved, as_json=False, empty="every product stands for a gene")


def label(kind: str) -> str:
    """The kind of a thing in the database, for its word on the command line."""
    if kind not in KINDS:
        raise typer.BadParameter(f"{kind!r} is not one of {', '.join(KINDS)}")
    return KINDS[kind]


def _content(runner: Runner, kind: str, name: str, release: str | None, genome: str) -> dict[str, Any]:
    """The whole report as plain values."""
    smaller = [asdict(one) for one in shrinkages(runner, kind, name) if one.newer == name]
    content: dict[str, Any] = {"kind": kind, "name": name, "release": release}
    if release is not None:
        judgement = judge(runner, name, release, genome)
        numbers = {key: getattr(judgement, key) for key in ("genome", "rows", "kept", "merged", "refused")}
        findings = [asdict(remark) for remark in judgement.remarks]
        no_data = {
            namespace: [{"gene": gene, "symbol": symbol} for gene, symbol in genes]
            for namespace, genes in judgement.no_data.items()
        }
        return content | numbers | _tail(judgement.counts(), smaller, no_data, findings)
    findings = [{**row, "by": "file"} for row in load.findings(runner, kind, name)]
    counts = Counter(f"{row['outcome']}: {row['reason']}" for row in findings)
    properties = runner.read("read/ready", kind=kind, name=name)[0]["properties"]
    numbers = {key: properties[key] for key in ("rows", "kept", "merged", "refused") if "kept" in properties}
    return content | numbers | _tail(dict(sorted(counts.items())), smaller, {}, findings)


def _tail(
    counts: Mapping[str, int],
    smaller: Sequence[Mapping[str, Any]],
    no_data: Mapping[str, Any],
    findings: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    return {"counts": counts, "smaller": smaller, "no_data": no_data, "findings": findings}


def _as_json(answer: Resolved) -> dict[str, Any]:
    counts = [
        {"outcome": outcome, "products": products, "annotations": annotations}
        for outcome, products, annotations in answer.counts()
    ]
    return {
        "source": answer.source,
        "genome": answer.genome,
        "genome_genes": answer.genome_genes,
        "covered_genes": answer.covered_genes,
        "counts": counts,
        "products": [asdict(one) for one in answer.identities],
    }


def _joined(value: object) -> object:
    return "|".join(value) if isinstance(value, tuple) else value
