"""The two annotation files of a generated world as GAF 2.1: one keyed like SGD's, one like EBI GOA's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from dcell_graph.sources.vocabulary import ASPECTS, NAMESPACES, NEGATION, NO_DATA
from dcell_graph.sources.world.annotations import EVIDENCE, GOA_DAY, SGD_DAY, AnnotationPlan, FileView, Standing
from dcell_graph.sources.world.config import WorldConfig
from dcell_graph.sources.world.genes import Gene
from dcell_graph.sources.world.ontology import ROOTS, GeneratedOntology

_ASPECT = [{namespace: aspect for aspect, namespace in ASPECTS.items()}[namespace] for namespace in NAMESPACES]
# One annotation in fifty of these aspects carries a relation of its own.
_RELATION = {"F": "contributes_to", "C": "colocalizes_with"}
_ONE_IN = 50
_REFERENCES = {"IEA": "GO_REF:0000002", "IBA": "GO_REF:0000033", NO_DATA: "GO_REF:0000015"}
_ASSIGNED_BY = {"IEA": "InterPro", "IBA": "GO_Central"}
_ND_DAY, _OBSOLETE_DAY = date(2002, 10, 15), date(2010, 6, 1)


class Record(NamedTuple):
    """One row, without what the file adds about its gene. Sorts by gene and term."""

    gene: int
    term: str
    evidence: str
    negated: bool
    relation: str
    reference: str
    with_from: str
    aspect: str
    day: date
    assigned_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Style:
    """How a file names things.

    Args:
        day: when it says it was made.
        gene_columns: gene to database, id, symbol and to name, synonyms, type.
        sort_key: gene to what the rows are sorted by.
    """

    day: date
    gene_columns: Callable[[Gene], tuple[str, str]]
    sort_key: Callable[[Gene], str]


def _sgd_columns(gene: Gene) -> tuple[str, str]:
    synonyms = "|".join((gene.systematic, *gene.aliases))
    return f"SGD\t{gene.sgdid}\t{gene.label}", f"{gene.protein}\t{synonyms}\tgene"


def _goa_columns(gene: Gene) -> tuple[str, str]:
    synonyms = "|".join((f"{gene.label}_WORLD", *([gene.symbol] if gene.symbol else []), gene.systematic))
    return f"UniProtKB\t{gene.accession}\t{gene.label}", f"{gene.protein}\t{synonyms}\tprotein"


SGD = _Style(day=SGD_DAY, gene_columns=_sgd_columns, sort_key=lambda gene: gene.sgdid)
GOA = _Style(day=GOA_DAY, gene_columns=_goa_columns, sort_key=lambda gene: gene.accession)


def sgd_lines(
    plan: AnnotationPlan, ontology: GeneratedOntology, genes: list[Gene], config: WorldConfig
) -> Iterator[str]:
    """The file that is keyed by SGDID."""
    records = _records(plan, plan.sgd, ontology, genes, plan.sgd_obsolete)
    repeated = [_record(plan, plan.sgd, pair, ontology, genes) for pair in plan.sgd_repeated.tolist()]
    return _lines(SGD, records + repeated, genes, config)


def goa_lines(
    plan: AnnotationPlan, ontology: GeneratedOntology, genes: list[Gene], config: WorldConfig
) -> Iterator[str]:
    """The file that is keyed by protein accession."""
    return _lines(GOA, _records(plan, plan.goa, ontology, genes, plan.goa_obsolete), genes, config)


def _lines(style: _Style, records: list[Record], genes: list[Gene], config: WorldConfig) -> Iterator[str]:
    yield (
        f"!gaf-version: 2.1\n!{config.remark}\n!\n!Generated: {style.day.isoformat()} 00:00\n"
        f"!GO-version: {config.release}\n!\n"
    )
    before_after = [style.gene_columns(gene) for gene in genes]
    keys = [style.sort_key(gene) for gene in genes]
    for record in sorted(records, key=lambda record: (keys[record.gene], record)):
        before, after = before_after[record.gene]
        qualifier = "|".join(([NEGATION] if record.negated else []) + ([record.relation] if record.relation else []))
        yield (
            f"{before}\t{qualifier}\t{record.term}\t{record.reference}\t{record.evidence}\t{record.with_from}\t"
            f"{record.aspect}\t{after}\ttaxon:559292\t{record.day:%Y%m%d}\t{record.assigned_by}\t\t\n"
        )


def _records(
    plan: AnnotationPlan,
    view: FileView,
    ontology: GeneratedOntology,
    genes: list[Gene],
    obsolete: list[tuple[int, int]],
) -> list[Record]:
    records = [_record(plan, view, pair, ontology, genes) for pair in view.listed.nonzero()[0].tolist()]
    for pair in plan.second.nonzero()[0].tolist():
        first = _record(plan, view, pair, ontology, genes)
        evidence = EVIDENCE[plan.second_evidence[pair]]
        records.append(
            first._replace(
                evidence=evidence,
                reference=_reference(evidence, pair + len(plan.gene)),
                with_from=_with_from(evidence, pair, genes),
                day=date.fromordinal(int(plan.second_day[pair])),
                assigned_by=_ASSIGNED_BY.get(evidence, "SGD"),
            )
        )
    for gene in plan.unknown_genes.tolist():
        records += [_plain(gene, root, NO_DATA, aspect, _ND_DAY) for root, aspect in zip(ROOTS, _ASPECT, strict=True)]
    for gene, place in obsolete:
        records.append(_plain(gene, ontology.obsolete[place].id, "IDA", _ASPECT[0], _OBSOLETE_DAY))
    return records


def _record(plan: AnnotationPlan, view: FileView, pair: int, ontology: GeneratedOntology, genes: list[Gene]) -> Record:
    term, evidence = int(plan.term[pair]), EVIDENCE[view.evidence[pair]]
    aspect = _ASPECT[ontology.namespaces[term]]
    only_goa = plan.standing[pair] == Standing.ONLY_GOA
    return Record(
        gene=int(plan.gene[pair]),
        term=ontology.alt_ids[term] if view.by_alt_id[pair] else ontology.ids[term],
        evidence=evidence,
        negated=bool(view.negated[pair]),
        relation=_RELATION.get(aspect, "") if pair % _ONE_IN == 0 else "",
        reference=_reference(evidence, pair),
        with_from=_with_from(evidence, pair, genes),
        aspect=aspect,
        day=date.fromordinal(int(view.day[pair])),
        assigned_by=_ASSIGNED_BY.get(evidence, "UniProt" if only_goa else "SGD"),
    )


def _plain(gene: int, term: str, evidence: str, aspect: str, day: date) -> Record:
    return Record(
        gene=gene,
        term=term,
        evidence=evidence,
        negated=False,
        relation="",
        reference=_reference(evidence, gene),
        with_from="",
        aspect=aspect,
        day=day,
        assigned_by="SGD",
    )


def _reference(evidence: str, number: int) -> str:
    """PubMed numbers from 99,000,000 on do not exist."""
    return _REFERENCES.get(evidence, f"PMID:{99_000_000 + number}")


def _with_from(evidence: str, pair: int, genes: list[Gene]) -> str:
    if evidence in ("IGI", "IPI"):
        return f"SGD:{genes[(7 * pair + 1) % len(genes)].sgdid}"
    if evidence == "IEA":
        return f"InterPro:IPR99{pair % 10_000:04d}"
    return f"PANTHER:PTN99{pair % 10_000_000:07d}" if evidence == "IBA" else ""
