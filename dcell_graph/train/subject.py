"""What a run is about."""

from __future__ import annotations

from dataclasses import dataclass

from dcell_graph.measurements.dataset import DatasetManifest
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.snapshot.schema import Manifest
from dcell_graph.train.origin import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a run is about: its snapshot and dataset, and the structure of the model."""

    snapshot: Manifest
    dataset: DatasetManifest
    hierarchy: Hierarchy

    @property
    def generated(self) -> bool:
        """Whether any of the data were generated."""
        return self.snapshot.generated or self.dataset.generated

    @property
    def origin(self) -> Origin:
        """What weights of the model belong to."""
        return Origin(
            snapshot_id=self.snapshot.snapshot_id,
            snapshot_name=self.snapshot.name,
            dataset_id=self.dataset.dataset_id,
            dataset_name=self.dataset.name,
            generated=self.generated,
            term_ids=self.hierarchy.term_ids,
            gene_ids=self.hierarchy.gene_ids,
        )
