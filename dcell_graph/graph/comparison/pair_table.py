"""The pairs of two sources side by side: which has what, and in what the records of a shared pair differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dcell_graph.graph.comparison.statements import Flags, Ints, Statements

ONLY_A, ONLY_B, BOTH = "only_a", "only_b", "both"
DIFFERENCES = ("evidence", "date", "relation", "reference")
IMPLIED = " (implied)"
# Qualifiers that GAF had before 2.2 made a relation obligatory: a file of any version that means them says them.
_ALWAYS_STATED = frozenset({"contributes_to", "colocalizes_with"})
Objects = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """What one source says about the pairs in one respect: distinct values, sorted by pair and value.

    Args:
        pair: position of the pair.
        code: position of the value in ``names``.
        names: the values in their order.
        listed: for each pair its values as a tuple.
    """

    pair: Ints
    code: Ints
    names: Objects
    listed: Objects


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """The pairs of both sources, by gene, term and NOT.

    Args:
        gene, term: positions.
        negated: the pair is a NOT.
        in_a, in_b: which source has it.
        values: for ``evidence_a``, ``evidence_b``, ``dates_a``, ``relations_a``, ``references_a`` ... what is said.
        differs: by fact (DIFFERENCES), for each pair whether both sources have it and differ in that.
    """

    gene: Ints
    term: Ints
    negated: Flags
    in_a: Flags
    in_b: Flags
    values: dict[str, Values]
    differs: dict[str, Flags]

    @property
    def side(self) -> Objects:
        """``only_a``, ``only_b`` or ``both``."""
        names = np.array([ONLY_A, ONLY_B, BOTH], dtype=object)
        return np.asarray(names[np.where(self.in_a & self.in_b, 2, self.in_b)])

    @property
    def words(self) -> Objects:
        """For each pair in what it differs, as a tuple of DIFFERENCES."""
        code = np.zeros(len(self.gene), np.int64)
        for place, fact in enumerate(DIFFERENCES):
            code += self.differs[fact].astype(np.int64) << place
        combinations = [
            tuple(fact for place, fact in enumerate(DIFFERENCES) if one >> place & 1)
            for one in range(1 << len(DIFFERENCES))
        ]
        return np.asarray(objects(combinations)[code])


def pair_up(statements: Statements, kept: pd.DataFrame) -> Pairs:
    """Bring the kept statements of two sources (0 is A, 1 is B) together by gene, term and NOT.

    Args:
        statements: that they are from.
        kept: what ``spread`` gave, with ``evidence``, ``relation`` and ``paper``.
    """
    n_terms = max(1, len(statements.terms))
    key = (kept["gene"].to_numpy() * n_terms + kept["term"].to_numpy()) * 2 + kept["negated"].to_numpy()
    keys, pair = np.unique(key, return_inverse=True)
    source = kept["source"].to_numpy()
    days = pd.Categorical(kept["day"])
    columns: dict[str, tuple[Any, Objects]] = {
        "evidence": (kept["evidence"].cat.codes.to_numpy(), kept["evidence"].cat.categories.to_numpy(object)),
        "dates": (days.codes, objects([iso(day) for day in days.categories])),
        "relations": (kept["relation"].cat.codes.to_numpy(), kept["relation"].cat.categories.to_numpy(object)),
        "references": (kept["paper"].cat.codes.to_numpy(), kept["paper"].cat.categories.to_numpy(object)),
    }
    present: list[Flags] = []
    values: dict[str, Values] = {}
    for place, letter in enumerate("ab"):
        mine = source == place
        there = np.zeros(len(keys), np.bool_)
        there[pair[mine]] = True
        present.append(there)
        for name, (codes, names) in columns.items():
            values[f"{name}_{letter}"] = gather_values(pair[mine], codes[mine], names, len(keys))
    return Pairs(
        gene=keys // 2 // n_terms,
        term=keys // 2 % n_terms,
        negated=(keys % 2).astype(np.bool_),
        in_a=present[0],
        in_b=present[1],
        values=values,
        differs=_differences(values, present[0] & present[1]),
    )


def iso(day: int) -> str:
    """The day YYYYMMDD as ISO text."""
    return f"{day // 10_000:04d}-{day // 100 % 100:02d}-{day % 100:02d}"


def objects(values: list[Any]) -> Objects:
    """An array of the things themselves, also if they are tuples."""
    return np.fromiter(values, dtype=object, count=len(values))


def gather_values(pair: Ints, codes: Ints, names: Objects, n: int) -> Values:
    """The distinct values of each of n pairs.

    Args:
        pair: position of the pair of each value.
        codes: position of each value in ``names``.
        names: the values in their order.
        n: number of pairs.
    """
    width = max(1, len(names))
    # Sorting is several times quicker here than np.unique, which hashes.
    ordered = np.sort(pair.astype(np.int64) * width + codes)
    distinct = ordered[np.diff(ordered, prepend=-1) > 0]
    owner, code = distinct // width, distinct % width
    start = np.searchsorted(owner, np.arange(n + 1))
    sizes = np.diff(start)
    listed = np.full(n, None, dtype=object)
    listed[sizes == 0] = objects([()] * int((sizes == 0).sum()))
    # Most pairs have one value, and share its tuple: hundreds of thousands of own ones would take half of the time.
    alone = objects([(name,) for name in names])
    listed[sizes == 1] = alone[code[start[:-1][sizes == 1]]]
    spelt = names[code].tolist()
    for place in np.flatnonzero(sizes > 1).tolist():
        listed[place] = tuple(spelt[start[place] : start[place + 1]])
    return Values(pair=owner, code=code, names=names, listed=listed)


def _differences(values: dict[str, Values], both: Flags) -> dict[str, Flags]:
    places = np.flatnonzero(both)
    tests: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
        "evidence": ("evidence", lambda a, b: a != b),
        "date": ("dates", lambda a, b: a[-1] != b[-1]),
        "relation": ("relations", _relations_differ),
        "reference": ("references", lambda a, b: a != b),
    }
    found = {}
    for fact in DIFFERENCES:
        column, differ = tests[fact]
        a, b = values[f"{column}_a"].listed[places].tolist(), values[f"{column}_b"].listed[places].tolist()
        flags = np.zeros(len(both), np.bool_)
        flags[places] = [one != other and differ(one, other) for one, other in zip(a, b, strict=True)]
        found[fact] = flags
    return found


def _relations_differ(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """A relation that only the format implies contradicts none that is spelt out, unless older formats knew it too."""
    if any(name.endswith(IMPLIED) for name in (*a, *b)):
        return _ALWAYS_STATED.intersection(a) != _ALWAYS_STATED.intersection(b)
    return a != b
