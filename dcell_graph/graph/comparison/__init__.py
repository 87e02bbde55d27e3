"""Compares what is loaded: two sources pair by pair, one source step by step, one pair through all releases."""
