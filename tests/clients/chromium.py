"""The adapter of the TypeScript client, in a real Chromium: reads and writes the lines that the page exchanges.

Called with a browser, and a folder that has the page, the adapter without its types, and the installed client.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from playwright.sync_api import sync_playwright


class _Pages(SimpleHTTPRequestHandler):
    """Hands out files, and says nothing: standard error is for what goes wrong."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Keep it to itself."""


def main(browser: str, folder: str) -> None:
    """Hand lines on until there are no more."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Pages, directory=folder))
    Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = opened.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/page.html")
        for line in sys.stdin:
            if json.loads(line)["type"] == "bye":
                break
            sys.stdout.write(page.evaluate("line => exchange(line)", line))
            sys.stdout.flush()
        opened.close()
    server.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
