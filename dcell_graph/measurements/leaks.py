"""Looks for what a split must not have: strains or genes of one part that the other part has seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

from dcell_graph.errors import InputError
from dcell_graph.measurements.split_kinds import PARTS, TEST, TRAIN, VALIDATION, Codes, query_genes


def check_leaks(strains: pd.DataFrame, parts: Codes, kind: str) -> None:
    """Make sure that a split keeps the promise of its kind (see ``split_kinds``).

    Nothing of how the split was made is used, only the genes that stand in the strains' names.

    Args:
        strains: columns strain and query, as in a dataset or a selection.
        parts: of each strain.
        kind: of the split.

    Raises:
        InputError: a genotype is in two parts, in whatever order its genes are named, or a strain has nothing new where
            the kind says so.
    """
    names = strains["strain"].tolist()
    _same_genotype(names, parts)
    if kind not in _IS_NEW:
        return
    genes = query_genes(strains) if kind == "query-genes" else [name.split("+") for name in names]
    seen = {gene for place in np.flatnonzero(parts == TRAIN).tolist() for gene in genes[place]}
    for part in (VALIDATION, TEST):
        places = np.flatnonzero(parts == part).tolist()
        for place in places:
            if not _IS_NEW[kind](gene not in seen for gene in genes[place]):
                raise InputError(
                    f"the split leaks: {names[place]} is for {PARTS[part]}, and its genes are not new as the kind "
                    f"{kind} promises",
                    found=", ".join(gene for gene in genes[place] if gene in seen) + " in earlier parts",
                    hint="make the split again",
                )
        seen.update(gene for place in places for gene in genes[place])


_IS_NEW: dict[str, Callable[[Iterable[bool]], bool]] = {"one-gene-new": any, "all-genes-new": all, "query-genes": any}


def _same_genotype(names: list[str], parts: Codes) -> None:
    used = np.flatnonzero(parts > 0)
    keys = pd.Series(["+".join(sorted(names[place].split("+"))) for place in used.tolist()], dtype="object")
    repeated = keys[keys.duplicated(keep=False)]
    for places in repeated.groupby(repeated).groups.values():
        found = sorted({PARTS[parts[used[place]]] for place in places})
        if len(found) > 1:
            raise InputError(
                f"the split leaks: {names[used[places[0]]]} is in several parts",
                found=" and ".join(found),
                hint="make the split again",
            )
