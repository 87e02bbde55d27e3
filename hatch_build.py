"""Compiles the kernel when the package is built or installed; without a compiler the package is pure Python."""

from __future__ import annotations

import importlib.util
import sysconfig
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ENGINE = Path("dcell_graph", "model", "engine")


class KernelHook(BuildHookInterface[Any]):
    """Adds the kernel to a wheel, or puts it beside its sources for an editable installation."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile; whatever happens, the build goes on."""
        builder = _builder(Path(self.root, ENGINE, "build_kernel.py"))
        if version == "editable":
            outcome = builder.build()
        else:
            self._scratch = tempfile.TemporaryDirectory()
            library = Path(self._scratch.name, builder.KERNEL.name)
            outcome = builder.build(library)
            if outcome.built:
                build_data["force_include"][str(library)] = (ENGINE / library.name).as_posix()
        if outcome.built:
            build_data["pure_python"] = False
            # Plain C functions: one library for every version of Python, but for this kind of machine only.
            platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
            build_data["tag"] = f"py3-none-{platform}"
            self.app.display_info(outcome.message)
        else:
            self.app.display_warning(outcome.message)

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was compiled for a wheel."""
        if version != "editable":
            self._scratch.cleanup()


def _builder(path: Path) -> ModuleType:
    """The module that compiles, on its own: the package and what it needs are not installed yet."""
    spec = importlib.util.spec_from_file_location("build_kernel", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
