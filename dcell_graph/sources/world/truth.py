"""What is planted in a generated world, as numbers: counted from the plan it was written from, not from its files."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dcell_graph.sources.vocabulary import NAMESPACES
from dcell_graph.sources.world.annotations import IEA, IGI, AnnotationPlan, FileView, Flags, Standing
from dcell_graph.sources.world.config import CUTOFF
from dcell_graph.sources.world.genes import CONTROL, Gene, shared_aliases
from dcell_graph.sources.world.ontology import ROOTS, GeneratedOntology
from dcell_graph.sources.world.planted import Plan
from dcell_graph.sources.world.strains import NOISE_SD, Screen

FORMULA = "product over terms of (1 - weight * (1 - exp(-k^2 / 2))), k = deleted genes among the term's genes"


def ontology_truth(ontology: GeneratedOntology) -> dict[str, Any]:
    """Terms and links."""
    crossing = sum(
        ontology.namespaces[child] != ontology.namespaces[parent] for child, parent in ontology.links["part_of"]
    )
    live = np.bincount(ontology.namespaces, minlength=len(NAMESPACES)).tolist()
    return {
        "terms": len(ontology.ids) + len(ontology.obsolete),
        "live": dict(zip(NAMESPACES, live, strict=True)),
        "obsolete": len(ontology.obsolete),
        "obsolete_with_replacement": sum(term.replaced_by is not None for term in ontology.obsolete),
        "obsolete_with_candidates": sum(bool(term.consider) for term in ontology.obsolete),
        "alternative_ids": len(ontology.alt_ids),
        "links": {relation: len(pairs) for relation, pairs in ontology.links.items()},
        "part_of_across_namespaces": int(crossing),
    }


def genes_truth(genes: list[Gene], plan: Plan) -> dict[str, Any]:
    """Genes and their names."""
    return {
        "orfs": len(genes),
        "with_symbol": sum(gene.symbol is not None for gene in genes),
        "by_status": dict(sorted(Counter(gene.status for gene in genes).items())),
        "aliases_shared_by_two": shared_aliases(genes),
        "screened": len(plan.query_genes) + len(plan.array_genes),
        "control": CONTROL,
    }


def annotations_truth(plan: AnnotationPlan) -> dict[str, Any]:
    """Each file by itself, and the two compared."""
    return {
        "cutoff": CUTOFF.isoformat(),
        "sgd": _file_truth(plan, plan.sgd, len(plan.sgd_obsolete), len(plan.sgd_repeated)),
        "goa": _file_truth(plan, plan.goa, len(plan.goa_obsolete), 0),
        "comparison": _comparison(plan),
    }


def _file_truth(plan: AnnotationPlan, view: FileView, obsolete: int, repeated: int) -> dict[str, int]:
    no_data = len(ROOTS) * len(plan.unknown_genes)
    until = view.positive & _until_cutoff(plan, view)
    only_igi = view.positive & (view.evidence == IGI) & ~plan.second
    return {
        "rows": int(view.listed.sum() + plan.second.sum()) + no_data + obsolete + repeated,
        "repeated_rows": repeated,
        "nd_rows": no_data,
        "obsolete_id_rows": obsolete,
        "alternative_id_rows": int(view.by_alt_id.sum() + (view.by_alt_id & plan.second).sum()),
        "not_rows": int((view.listed & view.negated).sum()),
        "iea_rows": int((view.listed & (view.evidence == IEA)).sum()),
        "pairs": int(view.positive.sum()),
        "pairs_until_cutoff": int(until.sum()),
        "pairs_by_igi_only": int(only_igi.sum()),
        "genes": len(np.unique(plan.gene[view.positive])),
        "terms": len(np.unique(plan.term[view.positive])),
    }


def _until_cutoff(plan: AnnotationPlan, view: FileView) -> Flags:
    cutoff = CUTOFF.toordinal()
    until: Flags = (view.day <= cutoff) | (plan.second & (plan.second_day <= cutoff))
    return until


def _comparison(plan: AnnotationPlan) -> dict[str, int]:
    """Compared by (gene, term) with positive records; ND and obsolete terms play no part."""
    sgd, goa = plan.sgd.positive, plan.goa.positive
    sgd_until, goa_until = sgd & _until_cutoff(plan, plan.sgd), goa & _until_cutoff(plan, plan.goa)
    both = sgd & goa
    evidence_differs = both & (plan.sgd.evidence != plan.goa.evidence)
    date_differs = both & ~evidence_differs & (plan.sgd.day != plan.goa.day)
    contradicted = np.isin(plan.standing, (Standing.SGD_SAYS_NOT, Standing.GOA_SAYS_NOT))
    return {
        "in_both": int(both.sum()),
        "only_sgd": int((sgd & ~goa).sum()),
        "only_goa": int((goa & ~sgd).sum()),
        "one_says_not": int(contradicted.sum()),
        "evidence_differs": int(evidence_differs.sum()),
        "only_dates_differ": int(date_differs.sum()),
        "only_dates_differ_iea": int((date_differs & (plan.goa.evidence == IEA)).sum()),
        "in_both_until_cutoff": int((sgd_until & goa_until).sum()),
        "only_sgd_until_cutoff": int((sgd_until & ~goa_until).sum()),
        "only_goa_until_cutoff": int((goa_until & ~sgd_until).sum()),
    }


def model_truth(plan: Plan, ontology: GeneratedOntology, genes: list[Gene]) -> dict[str, Any]:
    """The planted terms, their genes and weights."""
    return {
        "fitness": FORMULA,
        "noise_sd": NOISE_SD,
        "terms": [
            {
                "term": ontology.ids[item.term],
                "name": ontology.names[item.term],
                "namespace": NAMESPACES[ontology.namespaces[item.term]],
                "weight": item.weight,
                "below": sorted(ontology.ids[term] for term in item.subtree[1:]),
                "genes": sorted(genes[gene].systematic for gene in item.genes),
                "direct_genes": sorted(genes[gene].systematic for gene in item.direct),
            }
            for item in plan.terms
        ],
    }


@dataclass(slots=True)
class StrainTally:
    """Counts and sums over the strains, taken while they are written."""

    rows: int = 0
    digenic: int = 0
    queries: int = 0
    _sums: dict[str, float] = field(default_factory=lambda: dict.fromkeys(("x", "y", "xx", "yy", "xy"), 0.0))

    def add(self, screen: Screen) -> None:
        """Take in one screen."""
        self.rows += len(screen.array)
        self.digenic += len(screen.array) if len(screen.query) == 1 else 0
        self.queries += 1
        # Around 1, the fitness of the wild type, so that sums of squares lose no digits.
        x, y = screen.signal - 1.0, screen.fitness - 1.0
        for name, values in (("x", x), ("y", y), ("xx", x * x), ("yy", y * y), ("xy", x * y)):
            self._sums[name] += float(values.sum())

    def truth(self) -> dict[str, Any]:
        """The tally; the best correlation is that of the noise-free fitness with the measured one."""
        n, sums = self.rows, self._sums
        var_x, var_y = sums["xx"] / n - (sums["x"] / n) ** 2, sums["yy"] / n - (sums["y"] / n) ** 2
        covariance = sums["xy"] / n - sums["x"] * sums["y"] / n**2
        defined = var_x > 0.0 and var_y > 0.0
        return {
            "rows": n,
            "digenic": self.digenic,
            "trigenic": n - self.digenic,
            "queries": self.queries,
            "signal_sd": round(max(var_x, 0.0) ** 0.5, 6),
            "best_pearson": round(covariance / (var_x * var_y) ** 0.5, 6) if defined else None,
        }
