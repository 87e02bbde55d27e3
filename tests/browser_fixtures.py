"""The browser of the tests: one for all of a process, since two cannot be driven side by side; and the app in it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from dcell_graph.settings import Settings

BROWSER_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A real Chromium, for all tests."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert program, "these tests need Chromium: install your system's package chromium"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(BROWSER_OPTIONS))
        yield started
        started.close()


@contextmanager
def running_app(home: Path) -> Iterator[str]:
    """The address of the app as a user starts it, in a process of its own.

    Args:
        home: with the database, which runs.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", "from dcell_graph.cli import main; main()", "app", "--port", str(port)]
    environment = {name: value for name, value in os.environ.items() if name != "NEO4J_URI"}
    environment["DCELL_GRAPH_HOME"] = str(home)
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1).close()
                break
            except OSError:
                assert process.poll() is None, "the app ended at once"
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)


class Visitor:
    """Somebody who looks at the app in a browser.

    Args:
        page: of the browser.
        address: of the app.
    """

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self._address = address

    def go(self, name: str = "", /, **address: str) -> Page:
        """Open a page of the app and wait until it is drawn."""
        self.page.goto(f"{self._address}/{name}?{urlencode(address)}")
        self.page.locator("h1").first.wait_for(timeout=60_000)
        return self.settled()

    def settled(self) -> Page:
        """Wait until the page rests."""
        self.page.wait_for_timeout(150)
        self.page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=60_000)
        # Parts of the page whose program is still on its way to the browser.
        self.page.wait_for_function("() => !document.querySelector('[data-testid=stSkeleton]')", timeout=60_000)
        return self.page

    def text(self) -> str:
        """What the page says; no part of it is a traceback."""
        text = self.page.locator("[data-testid=stMain]").inner_text()
        assert "Traceback" not in text
        return text

    def says(self, text: str | re.Pattern[str]) -> None:
        """Wait until the page says something."""
        self.page.locator("[data-testid=stMain]").get_by_text(text).first.wait_for(timeout=60_000)

    def choose(self, label: str, option: str) -> None:
        """Choose an option of a select box."""
        self.page.get_by_role("combobox", name=label).first.click()
        self.page.get_by_role("option", name=option).first.click()
        self.settled()


@pytest.fixture(scope="session")
def app_address(database_settings: Settings) -> Iterator[str]:
    """The app with the small worlds, for all tests."""
    with running_app(database_settings.home) as address:
        yield address


@pytest.fixture(scope="session")
def real_app_address(real_settings: Settings) -> Iterator[str]:
    """The app with the real files, for all tests."""
    with running_app(real_settings.home) as address:
        yield address


@pytest.fixture
def visitor(chromium: Browser, app_address: str) -> Iterator[Visitor]:
    """A visitor with a window of its own."""
    context = chromium.new_context(viewport={"width": 1400, "height": 1400}, accept_downloads=True)
    yield Visitor(context.new_page(), app_address)
    context.close()


@pytest.fixture
def real_visitor(chromium: Browser, real_app_address: str) -> Iterator[Visitor]:
    """A visitor of the app with the real files."""
    context = chromium.new_context(viewport={"width": 1400, "height": 1400}, accept_downloads=True)
    yield Visitor(context.new_page(), real_app_address)
    context.close()
