"""Loads files of millions of rows through Neo4j's own offline importer; docs/bulk-loading.md says how and when."""
