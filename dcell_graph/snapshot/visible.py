"""Which genes of a snapshot a model can see."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dcell_graph.snapshot.schema import Snapshot


def visible_genes(snapshot: Snapshot) -> tuple[list[str], dict[str, str]]:
    """Genes whose deletion changes an input of the model: those with a pair, and their symbols.

    Returns:
        Gene ids in index order, and {symbol: gene id} for symbols that name exactly one gene.
    """
    with_pair = np.unique(snapshot.annotations["gene_index"].to_numpy(np.int64))
    gene_ids = snapshot.genes["gene"].iloc[with_pair].tolist()
    shared = set(snapshot.genes["symbol"][snapshot.genes["symbol"].duplicated()])
    symbols = zip(snapshot.genes["symbol"].iloc[with_pair], gene_ids, strict=True)
    return gene_ids, {symbol: gene for symbol, gene in symbols if not pd.isna(symbol) and symbol not in shared}
