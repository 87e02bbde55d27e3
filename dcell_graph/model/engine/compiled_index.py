"""Finding the rows of a batch in compiled code: the same index as ``build_index`` makes, and sums over its rows."""

from __future__ import annotations

import ctypes
import threading
import weakref
from typing import Any

import numpy as np
import numpy.typing as npt

from dcell_graph.errors import TrainingError
from dcell_graph.model.engine.binding import IndexArrays, IndexSizes, PlanArrays, loaded
from dcell_graph.model.engine.index import RowIndex, check_strains
from dcell_graph.model.engine.plan import Plan


class CompiledIndexer:
    """Finds the rows of batches. May be used from any thread, by one at a time; others run meanwhile.

    Args:
        plan: the model's plan.

    Raises:
        TrainingError: the kernel cannot be used here.
    """

    def __init__(self, plan: Plan) -> None:
        kernel = loaded()
        if isinstance(kernel, str):
            raise TrainingError(kernel)
        self.plan = plan
        self._kernel = kernel
        self._arrays = PlanArrays(plan)
        self._lock = threading.Lock()
        self._indexer = kernel.dcell_indexer_new(ctypes.addressof(self._arrays.view))
        if not self._indexer:
            raise MemoryError
        weakref.finalize(self, kernel.dcell_indexer_free, self._indexer)

    def build(self, deleted: npt.NDArray[np.int64]) -> RowIndex:
        """Find the rows of a batch.

        Args:
            deleted: gene indices, -1 for padding [B, K], 64-bit integers.

        Raises:
            TrainingError: the batch cannot be used; see ``check_strains``.
        """
        check_strains(self.plan, deleted)
        deleted = np.ascontiguousarray(deleted)
        strains, width = deleted.shape
        sizes = IndexSizes()
        with self._lock:
            code = self._kernel.dcell_index_find(
                self._indexer, deleted.ctypes.data, strains, width, ctypes.addressof(sizes)
            )
            arrays = None if code else self._write(strains, sizes)
        if arrays is None:
            raise MemoryError
        return RowIndex(strains=strains, **arrays)

    def _write(self, strains: int, sizes: IndexSizes) -> dict[str, Any] | None:
        terms, links = self.plan.n_terms, len(self.plan.link_child)
        lengths = {
            "base": sizes.base,
            "row_start": terms + 1,
            "count": sizes.rows,
            "touch_start": strains + 1,
            "touch_row": sizes.touches,
            "edge_start": links + 1,
            "edge_parent": sizes.edges,
            "edge_child": sizes.edges,
            "gene_start": terms + 1,
            "gene_row": sizes.gene_changes,
            "gene_pair": sizes.gene_changes,
            "gene_change": sizes.gene_changes,
            "base_pair": sizes.base_changes,
            "base_change": sizes.base_changes,
        }
        floats = ("count", "gene_change", "base_change")
        arrays = {
            name: np.empty(length, np.float32 if name in floats else np.int32) for name, length in lengths.items()
        }
        pointers = IndexArrays(**{name: array.ctypes.data for name, array in arrays.items()})
        return None if self._kernel.dcell_index_write(self._indexer, ctypes.addressof(pointers)) else arrays


def row_sums(index: RowIndex, numbers: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Sum one number a strain over the strains on each row [R]; a row without strains has 0.

    Args:
        index: the rows of the batch.
        numbers: one a strain [B], in 64 bits, such as targets or weights.

    Raises:
        TrainingError: the kernel cannot be used here, or there is another count of numbers.
    """
    kernel = loaded()
    if isinstance(kernel, str):
        raise TrainingError(kernel)
    if numbers.shape != (index.strains,):
        raise TrainingError(
            "the numbers are not one a strain",
            expected=f"shape [{index.strains}]",
            found=f"shape {list(numbers.shape)}",
        )
    numbers = np.ascontiguousarray(numbers, np.float64)
    sums = np.empty(index.n_rows, np.float64)
    kernel.dcell_row_sums(
        index.row_start.ctypes.data,
        index.count.ctypes.data,
        len(index.row_start) - 1,
        index.touch_start.ctypes.data,
        index.touch_row.ctypes.data,
        index.strains,
        numbers.ctypes.data,
        sums.ctypes.data,
    )
    return sums
