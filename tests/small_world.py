"""Small ontologies and annotation files, written out for tests from short tables, and short words for the outcome."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dcell_graph.snapshot.recipe import Recipe
from tests.independent import IndependentSnapshot, build

NAMESPACES = {"P": "biological_process", "F": "molecular_function", "C": "cellular_component"}
DAY = "20180101"
P, F, C = "GO:0008150", "GO:0003674", "GO:0005575"


class World:
    """An ontology and annotation files, written out from short tables; the gene of symbol AAA1 is SGD:S-AAA1."""

    def __init__(self, folder: Path, terms: str, *, header: str = "", **annotations: str) -> None:
        self.obo = folder / "go.obo"
        self.obo.write_text(
            f"format-version: 1.2\ndata-version: releases/2018-06-01\n{header}"
            + "".join(stanza(line) for line in terms.strip().splitlines())
        )
        self.gafs: dict[str, Path] = {}
        for name, rows in annotations.items():
            lines = [gaf_row(*line.split(" ")) for line in rows.strip().splitlines()]
            self.gafs[name] = folder / f"{name}.gaf"
            self.gafs[name].write_text(
                "!gaf-version: 2.2\n!date-generated: 2018-06-02\n" + "".join(lines), encoding="utf-8"
            )

    def build(
        self,
        *,
        files: list[str] | None = None,
        features: Path | None = None,
        listed: Path | None = None,
        **options: Any,
    ) -> IndependentSnapshot:
        gafs = {name: self.gafs[name] for name in files or self.gafs}
        recipe = Recipe(name="by-hand", gene_list=None if listed is None else "listed", **options)
        return build(recipe, obo=self.obo, gafs=gafs, features=features, gene_list=listed)


def stanza(line: str) -> str:
    """``GO:1 P is_a=GO:2`` as a stanza; no namespace line for the letter -."""
    term, letter, *facts = line.split()
    lines = [f"id: {term}"] + ([] if letter == "-" else [f"namespace: {NAMESPACES[letter]}"])
    for fact in facts:
        key, value = fact.split("=")
        plain = key in ("is_a", "alt_id", "is_obsolete")
        lines.append(f"{key}: {value} ! some name" if plain else f"relationship: {key} {value} ! some name")
    return "\n[Term]\n" + "\n".join(lines) + "\n"


def gaf_row(symbol: str, term: str, evidence: str = "IDA", day: str = DAY, qualifier: str = "") -> str:
    columns = ["SGD", f"S-{symbol}", symbol, qualifier, term, "PMID:99000001", evidence, "", "P", "", "", "protein"]
    return "\t".join([*columns, "taxon:559292", day.replace("_", " "), "SGD", "", ""]) + "\n"


def direct(snapshot: IndependentSnapshot) -> dict[str, str]:
    """Term -> the symbols attached to it, sorted, with spaces between."""
    return {
        term: " ".join(sorted(gene.removeprefix("SGD:S-") for holder, gene in snapshot.pairs if holder == term))
        for term in snapshot.terms
    }


def contained(snapshot: IndependentSnapshot) -> dict[str, str]:
    """Term -> the symbols attached to it or below it; the numbers of the snapshot must agree."""

    def below(term: str) -> set[str]:
        own = set(direct(snapshot)[term].split())
        return own.union(*(below(child) for child, parent in snapshot.links if parent == term))

    names = {term: below(term) for term in snapshot.terms}
    assert snapshot.contained == {term: len(genes) for term, genes in names.items()}
    return {term: " ".join(sorted(genes)) for term, genes in names.items()}


def visible(snapshot: IndependentSnapshot) -> str:
    return " ".join(gene.removeprefix("SGD:S-") for gene in snapshot.genes)
