"""The fixed words of the formats: namespaces, evidence codes, relations. Facts are tables, not branches."""

from __future__ import annotations

NAMESPACES = ("biological_process", "molecular_function", "cellular_component")

ASPECTS = {"P": "biological_process", "F": "molecular_function", "C": "cellular_component"}

# Evidence codes of the GO Consortium by group (geneontology.org, "Guide to GO evidence codes").
EVIDENCE_GROUPS: dict[str, tuple[str, ...]] = {
    "experimental": ("EXP", "IDA", "IPI", "IMP", "IGI", "IEP"),
    "high-throughput": ("HTP", "HDA", "HMP", "HGI", "HEP"),
    "phylogenetic": ("IBA", "IBD", "IKR", "IRD"),
    "computational": ("ISS", "ISO", "ISA", "ISM", "IGC", "RCA"),
    "author": ("TAS", "NAS"),
    "curator": ("IC", "ND"),
    "electronic": ("IEA",),
}
EVIDENCE_CODES = frozenset(code for codes in EVIDENCE_GROUPS.values() for code in codes)
NO_DATA = "ND"

# Annotation relations of GAF 2.2 and what each may stand on; NOT is not one of them.
RELATIONS: dict[str, frozenset[str]] = {
    "enables": frozenset({"molecular_function"}),
    "contributes_to": frozenset({"molecular_function"}),
    "involved_in": frozenset({"biological_process"}),
    "acts_upstream_of": frozenset({"biological_process"}),
    "acts_upstream_of_positive_effect": frozenset({"biological_process"}),
    "acts_upstream_of_negative_effect": frozenset({"biological_process"}),
    "acts_upstream_of_or_within": frozenset({"biological_process"}),
    "acts_upstream_of_or_within_positive_effect": frozenset({"biological_process"}),
    "acts_upstream_of_or_within_negative_effect": frozenset({"biological_process"}),
    "located_in": frozenset({"cellular_component"}),
    "part_of": frozenset({"cellular_component"}),
    "is_active_in": frozenset({"cellular_component"}),
    "colocalizes_with": frozenset({"cellular_component"}),
}
NEGATION = "NOT"

# The relation that the format implies when the qualifier column names none.
DEFAULT_RELATION = {
    "molecular_function": "enables",
    "biological_process": "acts_upstream_of_or_within",
    "cellular_component": "located_in",
}

# Kinds of object that are not one gene: kept as what they are, never mapped to a gene.
NOT_A_GENE = frozenset({"protein_complex", "complex"})

# Relations between terms that a snapshot may follow upward, as groups that are switched on by one word.
TERM_RELATIONS: dict[str, tuple[str, ...]] = {
    "is_a": ("is_a",),
    "part_of": ("part_of",),
    "regulates": ("regulates", "positively_regulates", "negatively_regulates"),
}

GENERATED_MARK = "generated-world"
