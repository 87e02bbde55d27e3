"""Which real files of a mirror folder the tests use."""

from __future__ import annotations

GENOME = "genome/SGD_features.tab.gz"
ONTOLOGY = "go/go-2016-12-06.obo.gz"
NEWER_ONTOLOGY = "go/go-basic-2019-10-07.obo.gz"
SCREENED = "genome/costanzo_2016_genes.txt.gz"
# In the order that decides which record is listed last.
SOURCES = {
    "sgd-2011-12-24": "gaf/sgd-2011-12-24.gaf.gz",
    "goa_yeast-2019-10-15": "gaf/goa_yeast-2019-10-15.gaf.gz",
}
