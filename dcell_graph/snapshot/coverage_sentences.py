"""Coverage in sentences: what becomes of single strains, and why."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from dcell_graph.errors import NotFound
from dcell_graph.snapshot.coverage import Coverage

_FEW = 5
WILD_TYPE = "wild type"


def explain(coverage: Coverage, names: Sequence[str]) -> tuple[str, ...]:
    """Say how a model sees some strains, which of them are one to it, and why.

    Args:
        coverage: that the strains are part of.
        names: of one or more strains, as in the coverage.

    Raises:
        NotFound: there is no strain of that name.
    """
    rows = [_row(coverage, name) for name in dict.fromkeys(names)]
    visible = coverage.visible
    seen = [tuple(gene for gene in row["genes"] if gene in visible) for row in rows]
    lines = [_verdict(rows, seen)] if len(rows) > 1 else []
    lines += [_shown(row, few) for row, few in zip(rows, seen, strict=True)]
    lines += _only_by_weights(rows, seen)
    for group in dict.fromkeys(int(row["group"]) for row in rows):
        lines += _company(coverage, group, [row["strain"] for row in rows])
    hidden = dict.fromkeys(gene for row in rows for gene in row["genes"] if gene not in visible)
    lines += [_hidden(coverage, gene) for gene in hidden]
    return tuple(lines)


def _row(coverage: Coverage, name: str) -> pd.Series:
    found = coverage.strains[coverage.strains["strain"] == name]
    if len(found):
        return found.iloc[0]
    wanted = set(name.split("+"))
    near = [
        strain
        for strain, genes in zip(coverage.strains["strain"], coverage.strains["genes"], strict=True)
        if wanted & set(genes)
    ]
    raise NotFound(
        f"the dataset has no strain {name}",
        expected=f"one such as {', '.join((near or coverage.strains['strain'].tolist())[:3])}",
        hint="name the deleted genes with plus signs between" if "+" not in name else None,
    )


def _verdict(rows: Sequence[pd.Series], seen: Sequence[tuple[str, ...]]) -> str:
    names = _and([row["strain"] for row in rows])
    groups = {int(row["group"]) for row in rows}
    if len(groups) == 1:
        return f"{names} are one strain to any model on this snapshot: it sees {_sight(seen[0])} in each of them."
    if len(groups) == len(rows):
        return f"{names} are different strains to a model on this snapshot."
    return f"Of {names} a model on this snapshot can tell {len(groups)} apart."


def _shown(row: pd.Series, seen: tuple[str, ...]) -> str:
    genes = row["genes"]
    measured = f"{row['strain']} (measured {row['label']:.6g}) lacks {_and(genes)}; "
    if len(seen) == len(genes):
        return measured + ("the snapshot holds it." if len(genes) == 1 else "the snapshot holds them all.")
    if not seen:
        held = "does not hold it" if len(genes) == 1 else "holds none of these"
        return measured + f"the snapshot {held}, so the strain looks like {WILD_TYPE}."
    return measured + f"of these the snapshot holds {_and(seen)}, so a model sees {_sight(seen)}."


def _only_by_weights(rows: Sequence[pd.Series], seen: Sequence[tuple[str, ...]]) -> list[str]:
    """Strains among those asked for that hang on the same terms."""
    lines = []
    for place, (row, few) in enumerate(zip(rows, seen, strict=True)):
        for other, others in zip(rows[place + 1 :], seen[place + 1 :], strict=True):
            if row["hierarchy_group"] == other["hierarchy_group"] and row["group"] != other["group"]:
                here, there = sorted(set(few) - set(others)), sorted(set(others) - set(few))
                lines.append(
                    f"{_and(here)} and {_and(there)} hang on exactly the same terms: only their own weights tell "
                    f"{row['strain']} and {other['strain']} apart, never the hierarchy."
                )
    return lines


def _company(coverage: Coverage, group: int, asked: Sequence[str]) -> list[str]:
    """How many strains look the same, and what that does to the fit."""
    if group >= len(coverage.groups):
        (alone,) = coverage.strains["strain"][coverage.strains["group"] == group]
        return [f"No other strain of the dataset looks like {alone}."]
    row = coverage.groups.iloc[group]
    others = [name for name in row["members"] if name not in asked]
    more = len(others) - _FEW
    also = ""
    if others:
        also = f"; beside the above {', '.join(others[:_FEW])}" + (f" and {more:,} more" if more > 0 else "")
    return [
        f"{row['strains']:,} strains of the dataset look like {_sight(row['genes'])}{also}. The best that a model can "
        f"predict for all of them is their mean, {row['mean']:.6g}; measured are {row['lowest']:.6g} to "
        f"{row['highest']:.6g}."
    ]


def _hidden(coverage: Coverage, gene: str) -> str:
    row = coverage.genes[coverage.genes["gene"] == gene].iloc[0]
    if coverage.steps is None:
        return f"{gene} is not visible: no term of the snapshot has it."
    return f"{gene} is not visible, lost at the step {row['step']}: {row['reason']}."


def _sight(genes: Sequence[str]) -> str:
    return f"the loss of {_and(genes)}" if genes else WILD_TYPE


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
