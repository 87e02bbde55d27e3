"""A plan in which a deletion also changes the inputs of similar genes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dcell_graph.model.engine.plan import Plan
from dcell_graph.model.similar import SimilarGenes


def with_similar_genes(plan: Plan, similar: SimilarGenes) -> Plan:
    """The same plan, with what a deletion changes and the inputs of the wild type according to similar genes.

    Args:
        plan: without similar genes.
        similar: checked.
    """
    change, start, pair, contain = [], [0], [], []
    starts, step = plan.owner_start, np.where(plan.hierarchy.config.gene_coding == "present", -1.0, 1.0)
    for gene in range(plan.n_genes):
        others = similar.gene[gene] >= 0
        genes = np.concatenate([[gene], similar.gene[gene][others]])
        shares = np.concatenate([[1.0], similar.share[gene][others]])
        spans = [np.arange(starts[one], starts[one + 1]) for one in genes]
        inputs = plan.owner_pair[np.concatenate(spans)]
        amount = np.repeat(step * shares, [len(span) for span in spans])
        order = np.argsort(inputs, kind="stable")
        pair.append(inputs[order])
        change.append(amount[order])
        start.append(start[-1] + len(inputs))
        terms = [plan.contain_term[plan.contain_start[one] : plan.contain_start[one + 1]] for one in genes]
        contain.append(np.unique(np.concatenate(terms)))
    received = np.zeros(plan.n_genes)
    given = similar.gene >= 0
    np.add.at(received, similar.gene[given], similar.share[given].astype(np.float64))
    of_input = np.where(plan.pair_gene >= 0, received[np.maximum(plan.pair_gene, 0)], 0.0)
    return replace(
        plan,
        wild=plan.wild * (1 + of_input),
        owner_start=np.array(start, np.int64),
        owner_pair=np.concatenate([*pair, np.zeros(0, np.int64)]),
        owner_change=np.concatenate([*change, np.zeros(0)]).astype(np.float32),
        contain_start=np.concatenate([[0], np.cumsum([len(terms) for terms in contain], dtype=np.int64)]),
        contain_term=np.concatenate([*contain, np.zeros(0, np.int64)]),
    )
