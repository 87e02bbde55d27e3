"""What recipes are applied to, written out by hand for tests."""

from __future__ import annotations

import numpy as np

from dcell_graph.snapshot.applied.material import Material, Records

SPACES = {"P": "biological_process", "F": "molecular_function", "C": "cellular_component"}


def make_material(terms: str, records: str, more_genes: tuple[str, ...] = ("SILENT",)) -> Material:
    """A release, one genome and the records of two files, of which the second has none.

    Args:
        terms: a line a term: id, branch (P, F or C), relation (is_a or part_of) and parent; a root has no parent.
        records: a line a record: gene, term, evidence code, day (YYYYMMDD) and, if it is one, NOT.
        more_genes: genes of the genome without a record.
    """
    rows = [line.split() for line in terms.strip().splitlines()]
    ids = sorted(row[0] for row in rows)
    links = [(row[0], row[3], row[2]) for row in rows if len(row) > 2]
    facts = [line.split() for line in records.strip().splitlines()]
    genes = sorted({*more_genes, *(fact[0] for fact in facts)})
    evidence = sorted({fact[2] for fact in facts})
    return Material(
        release="2018-06-01",
        sources=("sgd", "goa"),
        genome="tiny",
        terms=tuple(ids),
        names=tuple(f"process {term}" for term in ids),
        namespace=tuple(SPACES[{row[0]: row[1] for row in rows}[term]] for term in ids),
        roots=frozenset(ids.index(row[0]) for row in rows if len(row) == 2),
        child=np.array([ids.index(child) for child, _, _ in links]),
        parent=np.array([ids.index(parent) for _, parent, _ in links]),
        relation=np.array([("is_a", "part_of").index(name) for _, _, name in links]),
        relations=("is_a", "part_of"),
        genes=tuple(genes),
        symbols=tuple(f"sym{gene}" for gene in genes),
        populations={source: frozenset(range(len(genes))) for source in ("sgd", "goa")},
        gene_lists={"screened": frozenset({genes.index("KEPT1")}) if "KEPT1" in genes else frozenset()},
        evidence=tuple(evidence),
        records=Records(
            term=np.array([ids.index(fact[1]) for fact in facts]),
            gene=np.array([genes.index(fact[0]) for fact in facts]),
            evidence=np.array([evidence.index(fact[2]) for fact in facts]),
            source=np.zeros(len(facts), np.int64),
            day=np.array([int(fact[3]) for fact in facts]),
            negated=np.array([len(fact) > 4 for fact in facts]),
            listed=np.arange(len(facts)),
            last=np.ones(len(facts), bool),
        ),
    )
