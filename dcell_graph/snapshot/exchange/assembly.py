"""Makes a snapshot of what an importer has read: checks it, joins several roots, counts, and writes the manifest."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dcell_graph import __version__
from dcell_graph.errors import FileRefused, SnapshotError
from dcell_graph.snapshot import dag
from dcell_graph.snapshot.exchange.draft import ROOT_NAME, Draft, DraftLink
from dcell_graph.snapshot.recipe import ROOT_ID
from dcell_graph.snapshot.schema import (
    TABLES,
    AnnotationSource,
    GenomeSource,
    Manifest,
    OntologySource,
    Snapshot,
    StageCount,
    content_id,
    typed,
)
from dcell_graph.wording import counted

AS_FOUND = "as-annotated"
"""Name of the genome of a snapshot of which the genes are what the file calls them."""

_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A snapshot that was read from another format.

    Args:
        snapshot: validated.
        notes: sentences about what was joined, merged or left out on the way.
    """

    snapshot: Snapshot
    notes: tuple[str, ...]


def imported_recipe(source_format: str) -> dict[str, dict[str, str]]:
    """What stands in place of a recipe in the manifest of a snapshot that no recipe made."""
    return {"imported": {"format": source_format}}


def unfit_id(text: str) -> str | None:
    """Why a text cannot be the id of a term or gene, or None if it can."""
    if not text:
        return "it is empty"
    return "it holds control characters" if _UNFIT.search(text) else None


def assemble(draft: Draft, *, source_format: str, name: str | None, fallback: str, generated: bool) -> Imported:
    """Turn what was read into a snapshot.

    Args:
        draft: what was read; several roots are joined in it.
        source_format: name of the format.
        name: of the snapshot; None takes that of the manifest.
        fallback: the name if there is no manifest either.
        generated: True marks it as not real data; a manifest in the file has the last word.

    Raises:
        FileRefused: no terms, a term that is used but not declared, a cycle, an id that cannot be one, several roots
            that cannot be joined.
        SnapshotError: the file carries the manifest of a snapshot and its content is another, or a rule is broken.
    """
    if not draft.terms:
        raise draft.refuse("the file holds no terms")
    _check_ids(draft)
    _check_declared(draft)
    _refuse_cycle(draft)
    _join_roots(draft)
    tables = _tables(draft)
    if name is None:
        name = draft.manifest.name if draft.manifest else fallback
    manifest = (
        _restored(draft, draft.manifest, tables, name)
        if draft.manifest is not None
        else _new_manifest(draft, tables, source_format, name, generated)
    )
    snapshot = Snapshot(manifest=manifest, **tables)
    snapshot.validate()
    for what, count in sorted(draft.repeats.items()):
        draft.notes.append(f"{counted(count, 'time')} a {what} stands there again; it counts once")
    _compare_counts(draft, snapshot)
    return Imported(snapshot=snapshot, notes=tuple(draft.notes))


def _check_ids(draft: Draft) -> None:
    for what, ids in (("term", draft.terms), ("gene", draft.genes)):
        for text in ids:
            why = unfit_id(text)
            if why is not None:
                line = draft.terms[text].line if what == "term" else None
                raise draft.refuse(
                    f"a {what} cannot have this id", line, expected="plain text", found=f"{text!r}: {why}"
                )
    texts = [text for term in draft.terms.values() for text in (term.name, term.namespace)]
    texts += [text for pair in draft.pairs.values() for text in (pair.evidence, pair.first_date)]
    texts += [str(value) for row in draft.removed for value in row.values()]
    if any(_LONE_SURROGATE.search(text) for text in [*texts, *draft.genes.values()]):
        raise draft.refuse("a text holds half a character", expected="whole characters", found="a lone surrogate")


def _check_declared(draft: Draft) -> None:
    used = [
        (term, link.line, f"{child} is put below {parent}")
        for (child, parent), link in draft.links.items()
        for term in (child, parent)
    ]
    used += [(term, pair.line, f"the gene {gene} is attached to it") for (term, gene), pair in draft.pairs.items()]
    for term, line, how in used:
        if term not in draft.terms:
            raise draft.refuse(
                f"the term {term} is used but not declared",
                line,
                expected=draft.declared_by,
                found=how,
                hint="add what is missing, or take the term out",
            )


def _indices(draft: Draft) -> tuple[dag.Indices, dag.Indices]:
    index = {term: place for place, term in enumerate(draft.terms)}
    table = np.array([(index[child], index[parent]) for child, parent in draft.links], np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _refuse_cycle(draft: Draft) -> None:
    child, parent = _indices(draft)
    terms = list(draft.terms)
    members = {terms[index] for index in dag.find_cycle(len(terms), child, parent)}
    if not members:
        return
    # Every member has a parent among the members, so going up leads around a cycle.
    above = {child: parent for child, parent in draft.links if child in members and parent in members}
    way = [min(members)]
    while above[way[-1]] not in way:
        way.append(above[way[-1]])
    cycle = way[way.index(above[way[-1]]) :]
    raise FileRefused(
        "the hierarchy has a cycle",
        path=draft.link_path or draft.path,
        line=draft.links[cycle[0], above[cycle[0]]].line,
        expected="no term above itself",
        found=" below ".join([*cycle, cycle[0]]),
        hint="take one of these links out",
    )


def _join_roots(draft: Draft) -> None:
    children = {child for child, _ in draft.links}
    roots = [term for term in draft.terms if term not in children]
    if len(roots) == 1:
        return
    if ROOT_ID in children:
        raise draft.refuse(
            f"there are {len(roots)} roots, and the term {ROOT_ID} that would join them lies below another term",
            draft.terms[ROOT_ID].line,
            expected="one root",
            found=_some(roots),
        )
    if ROOT_ID not in draft.terms:
        draft.add_term(ROOT_ID, name=ROOT_NAME, artificial=True)
    below = [root for root in roots if root != ROOT_ID]
    for root in below:
        draft.links[root, ROOT_ID] = DraftLink(kind="artificial")
    hang = counted(len(below), "term without a parent hangs", "terms without a parent hang")
    draft.notes.append(f"{hang} on the artificial root {ROOT_ID} now: {_some(below)}")


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5:,} more" if len(names) > 5 else "")


def _tables(draft: Draft) -> dict[str, pd.DataFrame]:
    terms = list(draft.terms) if draft.term_order else sorted(draft.terms)
    genes = list(draft.genes) if draft.gene_order else sorted(draft.genes)
    term_index = {term: place for place, term in enumerate(terms)}
    gene_index = {gene: place for place, gene in enumerate(genes)}
    links = sorted((term_index[child], term_index[parent], child, parent) for child, parent in draft.links)
    pairs = sorted((term_index[term], gene_index[gene], term, gene) for term, gene in draft.pairs)
    child, parent = (np.array([link[side] for link in links], np.int64) for side in (0, 1))
    of_pair, gene = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    columns: dict[str, dict[str, Any]] = {
        "terms": {
            "index": range(len(terms)),
            "term": terms,
            "name": [draft.terms[term].name for term in terms],
            "namespace": [draft.terms[term].namespace for term in terms],
            "artificial": [draft.terms[term].artificial for term in terms],
            "depth": dag.depths(len(terms), child, parent),
            "height": dag.heights(len(terms), child, parent),
            "direct_genes": np.bincount(of_pair, minlength=len(terms)),
            "contained_genes": dag.contained_counts(len(terms), len(genes), child, parent, of_pair, gene),
        },
        "parents": {
            "child_index": child,
            "parent_index": parent,
            "child": [link[2] for link in links],
            "parent": [link[3] for link in links],
            "kind": [draft.links[link[2:]].kind for link in links],
        },
        "genes": {"index": range(len(genes)), "gene": genes, "symbol": [draft.genes[gene] for gene in genes]},
        "annotations": {
            "term_index": of_pair,
            "gene_index": gene,
            "term": [pair[2] for pair in pairs],
            "gene": [pair[3] for pair in pairs],
            "evidence": [draft.pairs[pair[2:]].evidence for pair in pairs],
            "first_date": [draft.pairs[pair[2:]].first_date for pair in pairs],
        },
    }
    tables = {table: typed(table, pd.DataFrame(values)) for table, values in columns.items()}
    return tables | {"removed": typed("removed", pd.DataFrame(draft.removed, columns=list(TABLES["removed"])))}


def _restored(draft: Draft, stored: Manifest, tables: dict[str, pd.DataFrame], name: str) -> Manifest:
    """The manifest that the file carries, if the content is the one it speaks of."""
    found = content_id(stored.recipe, tables)
    if found != stored.snapshot_id:
        raise SnapshotError(
            "the content is not that of the snapshot whose manifest the file carries",
            path=draft.whole or draft.path,
            expected=f"id {stored.snapshot_id[:12]}",
            found=f"id {found[:12]}",
            hint="to import something that was changed on purpose, take the manifest out",
        )
    return stored.model_copy(update={"name": name, "tables": {}})


def _new_manifest(
    draft: Draft, tables: dict[str, pd.DataFrame], source_format: str, name: str, generated: bool
) -> Manifest:
    n_terms, n_pairs = len(tables["terms"]), len(tables["annotations"])
    recipe = imported_recipe(source_format)
    genome = draft.genome
    return Manifest(
        snapshot_id=content_id(recipe, tables),
        name=name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        software=f"dcell-graph {__version__}",
        generated=generated,
        recipe=recipe,
        ontology=OntologySource(release=Path(draft.ontology.path).name, sha256=draft.ontology.sha256),
        annotation_files=(
            AnnotationSource(name=Path(draft.annotations.path).name, sha256=draft.annotations.sha256, release=None),
        ),
        genome=GenomeSource(
            name=AS_FOUND if genome is None else Path(genome.path).name,
            sha256=None if genome is None else genome.sha256,
        ),
        queries={},
        stages=tuple(
            StageCount(stage=stage, terms=n_terms, removed=0, pairs=n_pairs) for stage in ("candidates", "result")
        ),
        counts={
            "terms": n_terms,
            "links": len(tables["parents"]),
            "genes": len(tables["genes"]),
            "pairs": n_pairs,
            "leaves": int((tables["terms"]["height"] == 0).sum()),
            "removed": len(tables["removed"]),
        },
    )


def _compare_counts(draft: Draft, snapshot: Snapshot) -> None:
    if not draft.stated_genes:
        return
    contained = dict(zip(snapshot.terms["term"], snapshot.terms["contained_genes"], strict=True))
    others = [
        f"{term} (line {line} says {stated:,}, it contains {contained[term]:,})"
        for term, (stated, line) in draft.stated_genes.items()
        if contained[term] != stated
    ]
    if others:
        others_state = counted(len(others), "term states", "terms state")
        contain = "it contains" if len(others) == 1 else "they contain"
        draft.notes.append(f"{others_state} another number of genes than {contain}: {_some(others)}")
