"""What became of each record under a recipe: the first filter or stage that stopped it, or that it counts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from dcell_graph.snapshot.applied.filters import chosen_records, dropped_by, filters
from dcell_graph.snapshot.applied.material import Flags, Material
from dcell_graph.snapshot.recipe import DateStage, EvidenceStage, Recipe

COLUMNS = ("term", "gene", "symbol", "source", "evidence", "date", "negated", "fate")
COUNTS = "counts"
NOT_LAST = "not the last listed of its gene and term"


def record_fates(material: Material, recipe: Recipe) -> pd.DataFrame:
    """One row a record, with the columns ``COLUMNS``; ``date`` is YYYY-MM-DD.

    The fate is the option that stops the record (``negated``, ``exclude_evidence`` ...), ``stage date`` or ``stage
    evidence``, ``NOT_LAST``, or ``COUNTS``. Rows are sorted by term, gene, source and place in the file.

    Args:
        material: with the records.
        recipe: whose filters and stages are asked.
    """
    records = material.records
    fate = np.full(len(records), COUNTS, dtype=object)
    open_ = np.ones(len(records), bool)

    def stop(stopped: Flags, name: str) -> None:
        nonlocal open_
        fate[stopped & open_] = name
        open_ &= ~stopped

    for option, stopped in filters(material, recipe):
        stop(stopped, NOT_LAST if option == "record" else option)
    if recipe.record == "last":
        chosen = chosen_records(material, recipe)
        kept = set(zip(chosen.source.tolist(), chosen.listed.tolist(), chosen.gene.tolist(), strict=True))
        keys = zip(records.source.tolist(), records.listed.tolist(), records.gene.tolist(), strict=True)
        stop(np.array([key not in kept for key in keys], bool), NOT_LAST)
    for stage in recipe.active_stages():
        if isinstance(stage, DateStage | EvidenceStage):
            stop(dropped_by(material, records, stage), f"stage {stage.kind}")
    return _table(material, fate)


def _table(material: Material, fate: npt.NDArray[np.object_]) -> pd.DataFrame:
    records = material.records
    order = np.lexsort((records.listed, records.source, records.gene, records.term))
    records = records.where(order)
    return pd.DataFrame(
        {
            "term": [material.terms[place] for place in records.term],
            "gene": [material.genes[place] for place in records.gene],
            "symbol": [material.symbols[place] for place in records.gene],
            "source": [material.sources[place] for place in records.source],
            "evidence": [material.evidence[place] for place in records.evidence],
            "date": [f"{day // 10000:04}-{day // 100 % 100:02}-{day % 100:02}" for day in records.day.tolist()],
            "negated": records.negated,
            "fate": fate[order],
        }
    )
