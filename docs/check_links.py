"""Check the links of the built site without a network: every local address and anchor exists."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ADDRESSES = {"a": "href", "link": "href", "img": "src", "script": "src", "source": "src"}
"""The attribute that holds the address, by element."""


class _Page(HTMLParser):
    """The addresses that a page refers to, and the anchors that it has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.anchors.update(value for key in ("id", "name") if (value := found.get(key)))
        address = found.get(ADDRESSES.get(tag, ""))
        # An empty address is the page itself.
        if address:
            self.addresses.add(address)


def find_broken_links(site: Path) -> list[str]:
    """List the local links of a site that lead nowhere.

    Parameters
    ----------
    site : Path
        Folder of the built site. Addresses of other servers are not looked at.

    Returns
    -------
    list of str
        One line a broken link: the page, the address and what is missing; empty if all resolve.
    """
    # Beside its pages a site holds files of its theme, some of which are templates, not pages.
    files = [path for path in site.rglob("*.html") if "_static" not in path.parts]
    pages = {path.resolve(): _Page(path.read_text(encoding="utf-8")) for path in files}
    broken = []
    for path, page in sorted(pages.items()):
        for address in sorted(page.addresses):
            missing = _find_missing(path, address, pages)
            if missing:
                broken.append(f"{path.relative_to(site.resolve())}: {address}: {missing}")
    return broken


def _find_missing(page: Path, address: str, pages: dict[Path, _Page]) -> str:
    """Say what is missing at an address of a page; empty if nothing is."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return ""
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if target.is_dir():
        target /= "index.html"
    if not target.is_file():
        return "there is no such file"
    anchor = unquote(parts.fragment)
    if anchor and target in pages and anchor not in pages[target].anchors:
        return "the page has no such anchor"
    return ""
