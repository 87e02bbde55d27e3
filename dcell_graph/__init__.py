"""dcell-graph: GO releases and annotations in Neo4j, versioned snapshots, and DCell models built from them."""

__version__ = "0.1.0"
