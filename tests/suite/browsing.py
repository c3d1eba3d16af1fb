"""A real Chromium as the tests of the HTML report drive it: what a page asks for and says is kept."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field, frozen
from PIL import Image
from playwright.sync_api import Browser, Dialog, Page

__all__ = ["DESKTOP", "PHONE", "VIEWS", "Open", "Tab", "View", "chromium"]

_PATIENCE = 120_000  # milliseconds; a machine may be busy with other tests
_NAMES = ("chromium", "chromium-browser", "google-chrome")

OPEN_ALL = "for (const part of document.querySelectorAll('details')) part.open = true"
TOO_WIDE = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  return [...document.querySelectorAll("body *")]
    .filter((e) => !e.closest(".scroll, pre") && e.getBoundingClientRect().right > root.clientWidth + 1)
    .map((e) => e.outerHTML.slice(0, 120));
}"""
TOO_FAINT = """() => {
  const parse = (text) => {
    const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number);
    return { rgb: [r, g, b], a };
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const { rgb, a } = parse(getComputedStyle(at).backgroundColor);
      if (a === 1) return rgb;
      if (a > 0) throw new Error("a background that shows what is behind it: " + at.outerHTML.slice(0, 80));
    }
    return [255, 255, 255];
  };
  const faint = [];
  let looked = 0;
  const look = (element, style, text) => {
    const [one, other] = [light(parse(style.color).rgb), light(ground(element))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    looked += 1;
    if (ratio < 4.5) faint.push(`${ratio.toFixed(2)} ${element.className} ${text.slice(0, 40)}`);
  };
  for (const element of document.querySelectorAll("body, body *")) {
    if (element.matches("script, style, .word, .word *") || !element.getClientRects().length) continue;
    const text = [...element.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data.trim()).join("");
    if (text) look(element, getComputedStyle(element), text);
    const before = getComputedStyle(element, "::before");
    if (!["none", "normal", '""'].includes(before.content)) look(element, before, before.content);
  }
  return { looked, faint };
}"""


@frozen
class View:
    """What a page is looked at with."""

    name: str
    width: int
    height: int
    scheme: str = "light"


DESKTOP, PHONE = View("desktop", 1440, 900), View("phone", 360, 740)
VIEWS = (DESKTOP, View("desktop-dark", 1440, 900, "dark"), PHONE, View("phone-dark", 360, 740, "dark"))


@define
class Tab:
    """A page that was opened, with what it asked of the network, and what it said in the console."""

    page: Page
    asked: list[str] = field(factory=list)
    said: list[str] = field(factory=list)

    def dismiss(self, dialog: Dialog) -> None:
        self.said.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def texts(self, selector: str) -> list[str]:
        return [" ".join(text.split()) for text in self.page.locator(selector).all_inner_texts()]

    def picture(self) -> Image.Image:
        return Image.open(BytesIO(self.page.screenshot())).convert("RGB")

    def brightness(self, x: int, y: int) -> int:
        """How bright a point is: from 0 to 765."""
        colour = self.picture().getpixel((x, y))
        assert isinstance(colour, tuple)
        return sum(colour)

    def run(self, script: str) -> Any:
        return self.page.evaluate(script)


Open = Callable[..., Tab]
"""Opens a file in a view; the fixture holds it to have been silent, and closes it."""


def chromium() -> str:
    """Return the browser; without one, skip the test, but not on CI, where ./scripts/test installs it."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None and "CI" in os.environ:
        pytest.fail("there is no Chromium: `apt-get install chromium`, or run ./scripts/test as root")
    if found is None:
        pytest.skip("there is no Chromium; `apt-get install chromium` gives one")
    return found


def opened(browser: Browser, path: Path, view: View, **more: Any) -> Tab:
    """Open a file, and listen."""
    context = browser.new_context(
        viewport={"width": view.width, "height": view.height},
        color_scheme="dark" if view.scheme == "dark" else "light",
        reduced_motion="reduce",
        **more,
    )
    context.set_default_timeout(_PATIENCE)
    tab = Tab(context.new_page())
    tab.page.on("request", lambda request: tab.asked.append(request.url))
    tab.page.on("console", lambda message: tab.said.append(message.text))
    tab.page.on("pageerror", lambda error: tab.said.append(str(error)))
    tab.page.on("dialog", partial(Tab.dismiss, tab))
    tab.page.goto(path.as_uri())
    return tab
