"""The difference between two frozen snapshots, as far as their tables and manifests tell.

Without the records nothing can be applied again: which of several exchanges is the cause cannot be told, only what
became of each term in the snapshot that does not have it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd
from pydantic import ValidationError

from dcell_graph.snapshot.diff.difference import GAINED, LOST, Compared, Difference, Row, happenings, named
from dcell_graph.snapshot.diff.happened import WITH_TERM, Happening
from dcell_graph.snapshot.diff.sides import Side, plan
from dcell_graph.snapshot.diff.walk import KINDS, Things
from dcell_graph.snapshot.recipe import Recipe
from dcell_graph.snapshot.schema import Manifest, Snapshot

UNTOLD = "not told apart"
"""The cause where several things differ between two frozen snapshots."""


def differ_frozen(a: Snapshot, b: Snapshot, labels: tuple[str, str]) -> Difference:
    """The difference between two snapshots whose records are not at hand.

    Args:
        a, b: the two snapshots.
        labels: what the user called them.
    """
    old, new = _compared(a, labels[0]), _compared(b, labels[1])
    changes = list(changes_between(a.manifest, b.manifest))
    cause = changes[0] if len(changes) == 1 else UNTOLD
    symbols = dict(zip(a.genes["gene"], a.genes["symbol"], strict=True))
    symbols |= zip(b.genes["gene"], b.genes["symbol"], strict=True)
    had, has = _Frozen(a), _Frozen(b)
    tables = {kind: named(kind, list(_rows(had, has, kind, cause)), old, new, symbols) for kind in KINDS}
    return Difference(
        a=old,
        b=new,
        causes=_causes(old, new, tables, cause),
        happened=happenings(tables),
        **tables,
        unchanged=dict.fromkeys(KINDS, 0),
        exact=len(changes) == 1,
        notes=tuple(_notes(changes)),
    )


def changes_between(a: Manifest, b: Manifest) -> Iterator[str]:
    """What two snapshots are made of differently, in words."""
    old, new = _side(a), _side(b)
    if old is not None and new is not None:
        yield from (step.cause for step in plan(old, new))
    elif a.recipe != b.recipe:
        yield f"recipe: {_made_by(a)} → {_made_by(b)}"
    inputs = _inputs(a), _inputs(b)
    for kind, before in inputs[0].items():
        after = inputs[1][kind]
        # What has other names is in the plan; where there is none it is named here.
        if list(before) == list(after) or (old is not None and new is not None):
            for name in sorted(before.keys() & after.keys()):
                if before[name] != after[name]:
                    yield f"another {kind} under the name {name}"
        elif list(before.values()) != list(after.values()) or None in before.values():
            yield f"{kind} {' + '.join(before) or 'none'} → {' + '.join(after) or 'none'}"


def _inputs(manifest: Manifest) -> dict[str, dict[str, str | None]]:
    """What a snapshot was made from: by kind the names, in their order, with the checksum of each."""
    listed = manifest.gene_list
    return {
        "ontology": {manifest.ontology.release: manifest.ontology.sha256},
        "annotation file": {file.name: file.sha256 for file in manifest.annotation_files},
        "genome": {manifest.genome.name: manifest.genome.sha256},
        "gene list": {} if listed is None else {listed.name: listed.sha256},
    }


def _made_by(manifest: Manifest) -> str:
    if _side(manifest) is not None:
        return "one of this program"
    imported = manifest.recipe.get("imported")
    if isinstance(imported, dict) and "format" in imported:
        return f"none, imported from {imported['format']}"
    return "one of another program"


def _things_in(snapshot: Snapshot) -> dict[str, Things]:
    """All terms, links and pairs of a snapshot, by kind (``KINDS``)."""
    links, pairs = snapshot.parents, snapshot.annotations
    return {
        "terms": {(term,) for term in snapshot.terms["term"]},
        "links": set(zip(links["child"], links["parent"], strict=True)),
        "pairs": set(zip(pairs["term"], pairs["gene"], strict=True)),
    }


class _Frozen:
    """The tables of a snapshot as sets.

    Args:
        snapshot: the snapshot.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        removed = snapshot.removed
        self.things = _things_in(snapshot)
        self.removed = {
            term: Happening(f"removed by {stage}", reason)
            for term, stage, reason in zip(removed["term"], removed["stage"], removed["reason"], strict=True)
        }

    def absent(self, kind: str, thing: tuple[str, ...], *, gained: bool) -> Happening:
        """Why this snapshot does not have a thing that the other one has."""
        missing = [term for term in thing[: 1 if kind == "pairs" else 2] if (term,) not in self.things["terms"]]
        if kind == "terms":
            removed = self.removed.get(thing[0])
            if removed is None:
                return Happening("was no candidate" if gained else "is no candidate")
            return Happening(f"had been {removed.happened}", removed.detail) if gained else removed
        if missing:
            return Happening(WITH_TERM, " and ".join(missing))
        return Happening("both have its terms" if kind == "links" else "both have its term")


def _rows(a: _Frozen, b: _Frozen, kind: str, cause: str) -> Iterator[Row]:
    keys = {"terms": ("term",), "links": ("child", "parent"), "pairs": ("term", "gene")}[kind]
    for change, there, absent in ((GAINED, b, a), (LOST, a, b)):
        for thing in there.things[kind] - absent.things[kind]:
            happening = absent.absent(kind, thing, gained=change == GAINED)
            yield (
                dict(zip(keys, thing, strict=True))
                | {"change": change, "step": 1, "cause": cause}
                | happening._asdict()
            )


def _causes(a: Compared, b: Compared, tables: Mapping[str, pd.DataFrame], cause: str) -> pd.DataFrame:
    rows: list[Row] = []
    for step, side in enumerate((a, b)):
        row: Row = {"step": step, "group": "", "cause": cause if step else ""}
        for kind, frame in tables.items():
            row[kind] = side.sizes[kind]
            for change in (GAINED, LOST):
                row[f"{kind}_{change}"] = int((frame["change"] == change).sum()) if step else 0
                row[f"{kind}_passing_{change}"] = 0
        rows.append(row)
    return pd.DataFrame(rows)


def _notes(changes: Sequence[str]) -> Iterator[str]:
    if len(changes) == 1:
        yield "Only one thing differs in what the two are made of, so that all of the difference comes from it."
    elif changes:
        yield (
            "Two frozen snapshots: without the records nothing can be applied again, so what each of these changes did "
            f"cannot be told apart: {'; '.join(changes)}."
        )
    else:
        yield "Both manifests name the same recipe and the same inputs."


def _side(manifest: Manifest) -> Side | None:
    """What a snapshot is made of; None if it was not made by a recipe."""
    try:
        recipe = Recipe.model_validate({"name": manifest.name, **manifest.recipe})
    except ValidationError:
        return None
    return Side(
        recipe=recipe,
        release=manifest.ontology.release,
        sources=tuple(file.name for file in manifest.annotation_files),
        genome=manifest.genome.name,
    )


def _compared(snapshot: Snapshot, label: str) -> Compared:
    manifest, terms = snapshot.manifest, snapshot.terms
    return Compared(
        label=label,
        made_of=f"snapshot {manifest.snapshot_id[:12]} of ontology {manifest.ontology.release}, annotations "
        f"{' + '.join(file.name for file in manifest.annotation_files)}, genome {manifest.genome.name}",
        terms=dict(zip(terms["term"], terms["name"], strict=True)),
        namespaces=dict(zip(terms["term"], terms["namespace"], strict=True)),
        links=frozenset(zip(snapshot.parents["child"], snapshot.parents["parent"], strict=True)),
        sizes={"terms": len(terms), "links": len(snapshot.parents), "pairs": len(snapshot.annotations)},
    )
