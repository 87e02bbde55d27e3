"""What the rows of a class of terms say to their parents: one batched product, and the way back.

Shapes: n children of a run, r rows of each, W values of their states, C values of a strip.
"""

from __future__ import annotations

import torch

from dcell_graph.model.engine.cells import Class, Parents
from dcell_graph.model.engine.places import Run


def multiply(run: Run, taken: torch.Tensor, weights: torch.Tensor, said: torch.Tensor) -> None:
    """Multiply rows of children by their tables.

    Args:
        run: which children.
        taken: cells that the products of the level take [cells, C].
        weights: all weights.
        said: where the messages go [n · r · strips of a message, C].
    """
    one, size = run.of, said.shape[1]
    rows, weight = _rows(run, taken)[:, :, : one.width], _chosen(run, weights)
    out = said.view(run.children, run.rows, -1)
    if not _filled(one, size):
        _product(rows, weight, out)
        return
    product = torch.bmm(rows, weight)
    for above in one.parents:
        strips = _strips_of(out, above, size)
        strips[..., : above.width] = _columns_of(product, above)
        strips[..., above.width :] = 0


def multiply_backward(
    run: Run,
    taken: torch.Tensor,
    weights: torch.Tensor,
    d_said: torch.Tensor,
    d_taken: torch.Tensor,
    grads: torch.Tensor,
) -> None:
    """Write the gradients of the tables into ``grads``, and those of the cells taken into ``d_taken``.

    Args:
        run, taken, weights: as they were.
        d_said: gradient of the messages.
        d_taken: as ``taken``.
        grads: as ``weights``.
    """
    one, size = run.of, d_said.shape[1]
    d_out = d_said.view(run.children, run.rows, -1)
    if _filled(one, size):
        parts = [_strips_of(d_out, above, size)[..., : above.width].flatten(2) for above in one.parents]
        d_out = parts[0] if len(parts) == 1 else torch.cat(parts, dim=2)
    rows, d_rows = _rows(run, taken)[:, :, : one.width], _rows(run, d_taken)
    table = _tables(one, grads)
    if run.chosen is None:
        _product(rows.transpose(1, 2), d_out, table)
    else:
        table.index_copy_(0, run.chosen, torch.bmm(rows.transpose(1, 2), d_out))
    weight = _chosen(run, weights).transpose(1, 2)
    if d_rows.shape[2] == one.width:
        _product(d_out, weight, d_rows)
    else:
        d_rows[:, :, : one.width] = torch.bmm(d_out, weight)
        d_rows[:, :, one.width :] = 0


def _rows(run: Run, taken: torch.Tensor) -> torch.Tensor:
    """The rows of a run [n, r, strips · C]."""
    cells = taken[run.take : run.take + run.children * run.rows * run.of.strips]
    return cells.view(run.children, run.rows, -1)


def _chosen(run: Run, weights: torch.Tensor) -> torch.Tensor:
    table = _tables(run.of, weights)
    return table if run.chosen is None else table.index_select(0, run.chosen)


def _tables(one: Class, numbers: torch.Tensor) -> torch.Tensor:
    """Tables of a class [children, W, columns]."""
    children = one.last - one.first
    return numbers[one.weight : one.weight + children * one.width * one.columns].view(children, one.width, one.columns)


def _product(left: torch.Tensor, right: torch.Tensor, out: torch.Tensor) -> None:
    """Batched product into a table; of one pair, as a plain product, which is quicker."""
    if len(left) == 1:
        torch.mm(left[0], right[0], out=out[0])
    else:
        torch.bmm(left, right, out=out)


def _filled(one: Class, size: int) -> bool:
    """Whether the last strip of some parent is filled up."""
    return any(above.width < above.strips * size for above in one.parents)


def _strips_of(table: torch.Tensor, above: Parents, size: int) -> torch.Tensor:
    """The part of messages that goes to some parents [n, r, parents, strips · C]."""
    strips = table[:, :, above.strip * size : (above.strip + above.count * above.strips) * size]
    return strips.view(*table.shape[:2], above.count, -1)


def _columns_of(product: torch.Tensor, above: Parents) -> torch.Tensor:
    """The columns of a product that belong to some parents [n, r, parents, W]."""
    columns = product[:, :, above.column : above.column + above.count * above.width]
    return columns.view(*product.shape[:2], above.count, above.width)
