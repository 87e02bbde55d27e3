"""The numbers of each epoch, also sent to TensorBoard, Weights & Biases or MLflow if that is asked for.

metrics.csv has them in any case. None of the three is imported, and need be installed, unless it is named.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from dcell_graph.errors import NotFound
from dcell_graph.train.files import write_json
from dcell_graph.train.log import Listener
from dcell_graph.train.place import read_object

IDS = "tracking.json"
"""In the run folder: the ids that a service gave the run, so that a resumed one goes on under the same."""


class Scalars(Protocol):
    """Told the numbers of an epoch."""

    def __call__(self, epoch: int, numbers: Mapping[str, float], /) -> None:
        """Send ``numbers``, by name, for an epoch counted from 1."""


def no_scalars(epoch: int, numbers: Mapping[str, float], /) -> None:
    """The default: sends nothing."""


@contextmanager
def open_scalars(
    kinds: tuple[str, ...], folder: Callable[[], Path], *, name: str, config: Mapping[str, Any], say: Listener
) -> Iterator[Scalars]:
    """Where to send the numbers of each epoch. Nothing is opened before the first ones come.

    A service that fails does not stop a training: it is told once, and nothing more is sent anywhere.

    Args:
        kinds: of tensorboard, wandb and mlflow, those that were asked for.
        folder: where the run's files are at the time; TensorBoard's go into ``tensorboard`` in it.
        name: of the run.
        config: the run's options, which the other two show.
        say: told if one of them fails.

    Raises:
        NotFound: one of them is not installed.
    """
    modules = {kind: _module(kind) for kind in kinds}
    senders: list[Scalars] = []
    with ExitStack() as stack:

        def send(epoch: int, numbers: Mapping[str, float], /) -> None:
            try:
                if not senders:
                    for kind, module in modules.items():
                        opened = _OPEN[kind](module, folder(), name, config, epoch)
                        senders.append(stack.enter_context(opened))
                for sender in senders:
                    sender(epoch, numbers)
            except Exception as error:
                say(f"⚠ {' and '.join(modules)}: no more numbers are sent ({type(error).__name__}: {error})")
                senders[:] = [no_scalars]

        yield send if modules else no_scalars


@contextmanager
def _tensorboard(
    module: ModuleType, folder: Path, name: str, config: Mapping[str, Any], epoch: int
) -> Iterator[Scalars]:
    # What a killed process may have sent of later epochs is hidden from here on.
    with module.SummaryWriter(str(folder / "tensorboard"), purge_step=epoch) as writer:

        def send(epoch: int, numbers: Mapping[str, float], /) -> None:
            for key, value in numbers.items():
                writer.add_scalar(key, value, epoch)
            writer.flush()

        yield send


@contextmanager
def _wandb(module: ModuleType, folder: Path, name: str, config: Mapping[str, Any], epoch: int) -> Iterator[Scalars]:
    known = _ids(folder).get("wandb")
    run = module.init(name=name, config=dict(config), dir=str(folder), id=known, resume="allow" if known else None)
    _remember(folder, "wandb", run.id)
    try:

        def send(epoch: int, numbers: Mapping[str, float], /) -> None:
            run.log(dict(numbers), step=epoch)

        yield send
    finally:
        run.finish()


@contextmanager
def _mlflow(module: ModuleType, folder: Path, name: str, config: Mapping[str, Any], epoch: int) -> Iterator[Scalars]:
    known = _ids(folder).get("mlflow")
    with module.start_run(run_id=known, run_name=None if known else name) as run:
        _remember(folder, "mlflow", run.info.run_id)
        if known is None:
            module.log_params({key: str(value) for key, value in config.items()})

        def send(epoch: int, numbers: Mapping[str, float], /) -> None:
            module.log_metrics(dict(numbers), step=epoch)

        yield send


_OPEN = {"tensorboard": _tensorboard, "wandb": _wandb, "mlflow": _mlflow}
_MODULES = {"tensorboard": "torch.utils.tensorboard", "wandb": "wandb", "mlflow": "mlflow"}


def _module(kind: str) -> ModuleType:
    try:
        return importlib.import_module(_MODULES[kind])
    except ImportError:
        raise NotFound(f"{kind} is not installed", hint=f'pip install "dcell-graph[{kind}]"') from None


def _ids(folder: Path) -> dict[str, Any]:
    return read_object(folder / IDS) or {}


def _remember(folder: Path, kind: str, number: str) -> None:
    write_json(folder / IDS, {**_ids(folder), kind: number})
