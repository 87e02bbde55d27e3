"""The compiled kernel as Python sees it: its functions, and the structures they take.

The structures repeat those of ``kernel/views.h`` and ``kernel/index.h``, member by member and in the same order.
"""

from __future__ import annotations

import ctypes
from ctypes import c_char_p, c_double, c_float, c_int, c_int32, c_int64, c_void_p
from functools import cache

import numpy as np
import numpy.typing as npt

from dcell_graph.model.engine import build_kernel
from dcell_graph.model.engine.plan import Plan

Pointer = c_void_p
AnyArray = npt.NDArray[np.generic]


class PlanView(ctypes.Structure):
    """A plan; see ``kernel/views.h``."""

    _fields_ = [
        *((name, c_int64) for name in ("terms", "genes", "links", "values")),
        *(
            (name, Pointer)
            for name in (
                *("width", "level", "columns", "feature_start", "link_start", "link_child", "link_parent"),
                *("link_column", "below_start", "below_link", "pair_start", "pair_term", "wild", "owner_start"),
                *("owner_pair", "owner_change", "contain_start", "contain_term", "state_start", "gene_start"),
            )
        ),
        *((name, c_int64) for name in ("linear_bias", "norm_weight", "norm_bias", "head_weight", "head_bias")),
    ]


class IndexView(ctypes.Structure):
    """The rows of a batch; see ``kernel/views.h``."""

    _fields_ = [
        ("strains", c_int64),
        ("base_changes", c_int64),
        *(
            (name, Pointer)
            for name in (
                *("row_start", "count", "edge_start", "edge_parent", "edge_child", "gene_start", "gene_row"),
                *("gene_pair", "gene_change", "base_pair", "base_change"),
            )
        ),
    ]


class Options(ctypes.Structure):
    """Model options; see ``kernel/views.h``."""

    _fields_ = [
        *((name, c_int32) for name in ("activation", "batch_norm", "norm_first")),
        *((name, c_float) for name in ("eps", "momentum")),
    ]


class AdamView(ctypes.Structure):
    """One step of Adam; see ``kernel/views.h``."""

    _fields_ = [
        ("first", Pointer),
        ("second", Pointer),
        *(
            (name, c_float)
            for name in (
                *("keep_first", "keep_second", "add_second", "step_size", "second_scale", "eps", "shrink", "decay"),
            )
        ),
    ]


class IndexSizes(ctypes.Structure):
    """How long the arrays of an index are; see ``kernel/index.h``."""

    _fields_ = [(name, c_int64) for name in ("base", "rows", "touches", "edges", "gene_changes", "base_changes")]


class IndexArrays(ctypes.Structure):
    """Where the arrays of an index are written; see ``kernel/index.h``."""

    _fields_ = [
        (name, Pointer)
        for name in (
            *("base", "row_start", "count", "touch_start", "touch_row", "edge_start", "edge_parent", "edge_child"),
            *("gene_start", "gene_row", "gene_pair", "gene_change", "base_pair", "base_change"),
        )
    ]


_FUNCTIONS: dict[str, tuple[type | None, list[type]]] = {
    "dcell_sources": (c_char_p, []),
    "dcell_instruction_set": (c_char_p, [c_int]),
    "dcell_engine_new": (Pointer, [Pointer, Pointer, c_int, c_int]),
    "dcell_engine_free": (None, [Pointer]),
    "dcell_forward": (c_int, [Pointer, Pointer, Pointer, Pointer, Pointer, c_int, c_int, Pointer]),
    "dcell_backward": (None, [Pointer, Pointer, Pointer, Pointer]),
    "dcell_states": (None, [Pointer, c_int, Pointer]),
    "dcell_adam": (None, [Pointer, Pointer, Pointer, c_float, c_int64, Pointer]),
    "dcell_norm": (c_int, [Pointer, Pointer, c_int64, ctypes.POINTER(c_double)]),
    "dcell_indexer_new": (Pointer, [Pointer]),
    "dcell_indexer_free": (None, [Pointer]),
    "dcell_index_find": (c_int, [Pointer, Pointer, c_int64, c_int64, Pointer]),
    "dcell_index_write": (c_int, [Pointer, Pointer]),
    "dcell_row_sums": (None, [Pointer, Pointer, c_int64, Pointer, Pointer, c_int64, Pointer, Pointer]),
}


@cache
def loaded() -> ctypes.CDLL | str:
    """The kernel, or in a sentence why it cannot be used."""
    path = build_kernel.KERNEL
    if not path.is_file():
        return "the package was installed without the compiled kernel: there was no C++ compiler that could build it"
    try:
        found = ctypes.CDLL(str(path))
        for name, (result, arguments) in _FUNCTIONS.items():
            function = getattr(found, name)
            function.restype, function.argtypes = result, arguments
    except (OSError, AttributeError) as error:
        return f"the compiled kernel cannot be loaded: {error}"
    if found.dcell_sources().decode() != build_kernel.fingerprint():
        return "the compiled kernel was built from other sources than those installed: install the package again"
    return found


def instruction_sets() -> tuple[str, ...]:
    """Instruction sets that the kernel can use here, best first: AVX512, AVX2, PORTABLE. Empty without a kernel."""
    kernel = loaded()
    if isinstance(kernel, str):
        return ()
    names = (kernel.dcell_instruction_set(place) for place in range(3))
    return tuple(name.decode() for name in names if name is not None)


class PlanArrays:
    """A plan in the types that the kernel reads; keeps the arrays alive that ``view`` points to."""

    def __init__(self, plan: Plan) -> None:
        self._arrays: dict[str, AnyArray] = {
            name: np.ascontiguousarray(getattr(plan, name), np.int32)
            for name in (
                *("width", "level", "columns", "link_start", "link_child", "link_parent", "link_column"),
                *("below_start", "below_link", "pair_start", "pair_term", "owner_start", "owner_pair"),
                *("contain_start", "contain_term"),
            )
        }
        self._arrays |= {
            "feature_start": np.ascontiguousarray(plan.feature_start, np.int64),
            "state_start": np.ascontiguousarray(plan.regions["state"].starts, np.int64),
            "gene_start": np.ascontiguousarray(plan.regions["gene"].starts, np.int64),
            "wild": np.ascontiguousarray(plan.wild, np.float32),
            "owner_change": np.ascontiguousarray(plan.owner_change, np.float32),
        }
        regions = {
            name: int(plan.regions[name].starts[0]) if name in plan.regions else 0
            for name in ("linear_bias", "norm_weight", "norm_bias", "head_weight", "head_bias")
        }
        self.view = PlanView(
            terms=plan.n_terms,
            genes=plan.n_genes,
            links=len(plan.link_child),
            values=plan.n_values,
            **{name: array.ctypes.data for name, array in self._arrays.items()},
            **regions,
        )
