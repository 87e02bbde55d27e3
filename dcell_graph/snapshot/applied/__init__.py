"""Recipes applied in memory, for questions that need many term sets: what if, calibration, traces, differences."""
