"""Snapshots in the formats of other programs, one module a format; docs/exchange.md describes them."""
