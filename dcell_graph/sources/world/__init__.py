"""A generated world: an ontology, annotations, genes and strains of any size, for use where there are no real data."""

from __future__ import annotations

from dcell_graph.sources.world.config import PRESETS, WorldConfig, preset
from dcell_graph.sources.world.write import WorldFiles, write_world

__all__ = ["PRESETS", "WorldConfig", "WorldFiles", "preset", "write_world"]
