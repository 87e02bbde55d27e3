"""Count the instructions of the compiled kernel in one training step, with valgrind: the same number on every run.

    python bench/instructions.py [--batch 32 --batch 256]

Valgrind runs the kernel with AVX2 and one thread; it knows no AVX-512. The hierarchy is generated like that of yeast,
with direct widths; strains are random pairs. Takes some minutes, nearly all of it for importing torch under valgrind.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

FUNCTIONS = {
    "index": ("dcell_index_find", "dcell_index_write"),
    "forward": ("dcell_forward",),
    "backward": ("dcell_backward",),
    "Adam": ("dcell_adam",),
}
_LINE = re.compile(r"^\s*([\d,]+)\s.*?:(dcell_\w+)")


def step(batch: int) -> None:
    """One training step, for valgrind to look at."""
    import torch
    from engine import step_of, strains_of
    from model import yeast_like

    from dcell_graph.model.config import ModelConfig
    from dcell_graph.model.dcell import DCell

    torch.set_num_threads(1)
    hierarchy = yeast_like(ModelConfig(init_range=None))
    step_of(DCell(hierarchy, hierarchy.config, backend="compiled"))(*strains_of(hierarchy.n_genes, batch, "pairs"))


def counted(batch: int, folder: Path) -> dict[str, int]:
    """Instructions of each kernel function in a step, those of what it calls included."""
    out = folder / f"callgrind.{batch}"
    watched = [f"--toggle-collect={name}" for names in FUNCTIONS.values() for name in names]
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--collect-atstart=no", *watched]
    done = subprocess.run([*command, sys.executable, __file__, "--step", str(batch)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    said = subprocess.run(
        ["callgrind_annotate", "--inclusive=yes", "--threshold=100", str(out)],
        capture_output=True,
        text=True,
        check=True,
    )
    found = [match for text in said.stdout.splitlines() if (match := _LINE.match(text))]
    return {match.group(2): int(match.group(1).replace(",", "")) for match in found}


def main() -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, action="append")
    parser.add_argument("--step", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step is not None:
        step(options.step)
        return
    if shutil.which("valgrind") is None:
        sys.stdout.write("left out: there is no valgrind\n")
        return
    with tempfile.TemporaryDirectory() as folder:
        for batch in options.batch or [32, 256, 1_024]:
            found = counted(batch, Path(folder))
            parts = {part: sum(found.get(name, 0) for name in names) for part, names in FUNCTIONS.items()}
            numbers = ", ".join(f"{part} {count / 1e6:,.1f}" for part, count in parts.items())
            total = int(np.sum(list(parts.values())))
            sys.stdout.write(f"{batch:,} strains: {total / 1e6:,.1f} million instructions: {numbers}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
