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

# The same relations by their ids in the Relation Ontology and the Basic Formal Ontology, as GPAD 2.0 writes them.
RELATION_IDS: dict[str, str] = {
    "RO:0002327": "enables",
    "RO:0002326": "contributes_to",
    "RO:0002331": "involved_in",
    "RO:0002263": "acts_upstream_of",
    "RO:0004034": "acts_upstream_of_positive_effect",
    "RO:0004035": "acts_upstream_of_negative_effect",
    "RO:0002264": "acts_upstream_of_or_within",
    "RO:0004032": "acts_upstream_of_or_within_positive_effect",
    "RO:0004033": "acts_upstream_of_or_within_negative_effect",
    "RO:0001025": "located_in",
    "BFO:0000050": "part_of",
    "RO:0002432": "is_active_in",
    "RO:0002325": "colocalizes_with",
}

# Evidence types of the Evidence and Conclusion Ontology by the GO code that they stand for (evidenceontology.org,
# gaf-eco-mapping: the default of each code, then those that a GO_REF calls for).
ECO_CODES: dict[str, str] = {
    "ECO:0000269": "EXP",
    "ECO:0000314": "IDA",
    "ECO:0000353": "IPI",
    "ECO:0000315": "IMP",
    "ECO:0000316": "IGI",
    "ECO:0000270": "IEP",
    "ECO:0006056": "HTP",
    "ECO:0007005": "HDA",
    "ECO:0007001": "HMP",
    "ECO:0007003": "HGI",
    "ECO:0007007": "HEP",
    "ECO:0000318": "IBA",
    "ECO:0000319": "IBD",
    "ECO:0000320": "IKR",
    "ECO:0000321": "IRD",
    "ECO:0000250": "ISS",
    "ECO:0000266": "ISO",
    "ECO:0000247": "ISA",
    "ECO:0000255": "ISM",
    "ECO:0000317": "IGC",
    "ECO:0000245": "RCA",
    "ECO:0000304": "TAS",
    "ECO:0000303": "NAS",
    "ECO:0000305": "IC",
    "ECO:0000307": "ND",
    "ECO:0007669": "IEA",
    "ECO:0000501": "IEA",
    "ECO:0000256": "IEA",
    "ECO:0000265": "IEA",
    "ECO:0000322": "IEA",
    "ECO:0000323": "IEA",
    "ECO:0000363": "IEA",
    "ECO:0000031": "ISS",
    "ECO:0000354": "IGC",
}

# The relation that the format implies when the qualifier column names none.
DEFAULT_RELATION = {
    "molecular_function": "enables",
    "biological_process": "acts_upstream_of_or_within",
    "cellular_component": "located_in",
}

# Kinds of gene product by their ids, as GPI 2.0 writes them (Sequence, Protein and Gene Ontology).
PRODUCT_TYPES: dict[str, str] = {
    "SO:0000704": "gene",
    "SO:0001217": "protein_coding_gene",
    "SO:0001263": "ncRNA_gene",
    "SO:0000336": "pseudogene",
    "PR:000000001": "protein",
    "SO:0000104": "protein",
    "SO:0000234": "mRNA",
    "SO:0000655": "ncRNA",
    "SO:0000252": "rRNA",
    "SO:0000253": "tRNA",
    "SO:0000274": "snRNA",
    "SO:0000275": "snoRNA",
    "GO:0032991": "protein_complex",
}

# Kinds of object that are not one gene: kept as what they are, never mapped to a gene.
NOT_A_GENE = frozenset({"protein_complex", "complex"})

# Strains that sources give a taxon of their own, by the species that they are of (NCBI Taxonomy).
SACCHAROMYCES_CEREVISIAE = "4932"
SPECIES_OF_STRAINS: dict[str, str] = {
    "559292": SACCHAROMYCES_CEREVISIAE,  # S288C, the genome of SGD
    "285006": SACCHAROMYCES_CEREVISIAE,
    "307796": SACCHAROMYCES_CEREVISIAE,
    "580240": SACCHAROMYCES_CEREVISIAE,
    "643680": SACCHAROMYCES_CEREVISIAE,
    "889517": SACCHAROMYCES_CEREVISIAE,
    "284812": "4896",
    "83333": "562",
    "237561": "5476",
}

# Relations between terms that a snapshot may follow upward, as groups that are switched on by one word.
TERM_RELATIONS: dict[str, tuple[str, ...]] = {
    "is_a": ("is_a",),
    "part_of": ("part_of",),
    "regulates": ("regulates", "positively_regulates", "negatively_regulates"),
}

GENERATED_MARK = "generated-world"
