"""Count the instructions of the compiled kernel in one training step, with valgrind: the same number on every run.

    python bench/instructions.py [--batch 32 --batch 256]

Needs valgrind and a C compiler. Valgrind runs the kernel with AVX2 and one thread; it knows no AVX-512. The hierarchy
is generated like that of yeast, with direct widths; strains are random pairs. Counting begins when PyTorch has been
imported and the model made, which takes valgrind a minute.
"""

from __future__ import annotations

import argparse
import ctypes
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PARTS = {
    "Indexer::find": "index",
    "Indexer::write": "index",
    "Engine::forward": "forward",
    "Engine::backward": "backward",
    "Engine::adam": "Adam",
}
"""Functions of the kernel, and the part of a step that each belongs to."""
SWITCH = "switch.so"
SOURCE = """
#include <valgrind/callgrind.h>
void begin(void) { CALLGRIND_START_INSTRUMENTATION; }
void end(void) { CALLGRIND_STOP_INSTRUMENTATION; }
"""
_LINE = re.compile(rf"^\s*([\d,]+) .*?:({'|'.join(PARTS)})\([^{{]*\)(?: const)? \[")


def step(batch: int, switch: Path) -> None:
    """One training step, for valgrind to look at, which the switch tells when to count."""
    import torch
    from engine import step_of, strains_of
    from model import yeast_like

    from dcell_graph.model.config import ModelConfig
    from dcell_graph.model.dcell import DCell

    torch.set_num_threads(1)
    hierarchy = yeast_like(ModelConfig(init_range=None))
    one = step_of(DCell(hierarchy, hierarchy.config, backend="compiled"))
    strains = strains_of(hierarchy.n_genes, batch, "pairs")
    # Valgrind has so far only been executing, which is much quicker than counting.
    counting = ctypes.CDLL(str(switch))
    counting.begin()
    one(*strains)
    counting.end()


def counted(batch: int, folder: Path) -> dict[str, int]:
    """Instructions of each part of a step, those of what it calls included."""
    out = folder / f"callgrind.{batch}"
    tool = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--instr-atstart=no"]
    python = [sys.executable, __file__, "--step", str(batch), "--switch", str(folder / SWITCH)]
    done = subprocess.run([*tool, *python], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    said = subprocess.run(
        ["callgrind_annotate", "--inclusive=yes", "--threshold=100", str(out)],
        capture_output=True,
        text=True,
        check=True,
    )
    found = dict.fromkeys(PARTS.values(), 0)
    for text in said.stdout.splitlines():
        if match := _LINE.match(text):
            found[PARTS[match.group(2)]] += int(match.group(1).replace(",", ""))
    return found


def main() -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, action="append")
    parser.add_argument("--step", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--switch", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step is not None:
        step(options.step, options.switch)
        return
    if shutil.which("valgrind") is None:
        sys.stdout.write("left out: there is no valgrind\n")
        return
    with tempfile.TemporaryDirectory() as folder:
        compiler = ["cc", "-shared", "-fPIC", "-o", str(Path(folder) / SWITCH), "-x", "c", "-"]
        subprocess.run(compiler, input=SOURCE, text=True, check=True)
        for batch in options.batch or [32, 256, 1_024]:
            found = counted(batch, Path(folder))
            numbers = ", ".join(f"{part} {count / 1e6:,.1f}" for part, count in found.items())
            total = sum(found.values())
            sys.stdout.write(f"{batch:,} strains: {total / 1e6:,.1f} million instructions: {numbers}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
