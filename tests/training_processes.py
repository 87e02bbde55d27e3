"""Processes that train one model together, forked from one that has imported torch already."""

from __future__ import annotations

import multiprocessing
import os
import socket
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

CONTEXT: ForkServerContext = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.training_processes", "dcell_graph.train.start", "tests.training"])


def train_together(folder: Path, runs: dict[str, dict[str, Any]], *, size: int = 2, stop_after: int) -> None:
    """Train one run a name, in ``size`` processes: first some epochs, then, as a resumed run, the rest.

    Args:
        folder: gets a run folder for each name, and the strains.
        runs: options by name.
        size: number of processes.
        stop_after: epochs before each run is resumed.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    workers = [
        CONTEXT.Process(target=_train, args=(rank, size, port, folder, runs, stop_after)) for rank in range(size)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(240)
    codes = [worker.exitcode for worker in workers]
    for worker in workers:
        if worker.is_alive():
            worker.kill()
    assert codes == [0] * size, codes


def _train(rank: int, size: int, port: int, folder: Path, runs: dict[str, dict[str, Any]], stop_after: int) -> None:
    os.environ |= {
        "RANK": str(rank),
        "WORLD_SIZE": str(size),
        "LOCAL_RANK": str(rank),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
    }
    import torch

    from dcell_graph.train import training
    from dcell_graph.train.distributed import processes
    from dcell_graph.train.start import go_on, start
    from tests.training import ALL_PAIRS, config, pairs_dataset, six_terms

    setattr(training, "draw_all", lambda *ignored: None)  # noqa: B010  # pictures are not what is tested
    torch.set_num_threads(1)
    own = folder / f"process-{rank}"
    own.mkdir()
    dataset = pairs_dataset(own, ALL_PAIRS)
    with processes("cpu") as group:
        for name, options in runs.items():
            first = config(**{**options, "schedule_epochs": options["epochs"], "epochs": stop_after})
            start(six_terms(), dataset, first, folder / name, group=group)
            group.wait()
            go_on(six_terms(), dataset, folder / name, epochs=options["epochs"], group=group)
