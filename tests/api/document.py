"""An HTML page, read the way a browser reads its tags, for tests that ask what is in it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from starlette.testclient import TestClient

_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source"}


@dataclass
class Element:
    """One element, with its attributes, its children and its text."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Element | str"] = field(default_factory=list)

    def walk(self) -> Iterator["Element"]:
        """Give this element and all below it, in the order of the page."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def find(self, tag: str, **attributes: str) -> list["Element"]:
        """Return the elements below with this tag and these attributes (`class_` holds a word)."""
        word = attributes.pop("class_", None)
        return [
            one
            for one in self.walk()
            if one.tag == tag
            and attributes.items() <= one.attributes.items()
            and (word is None or word in one.attributes.get("class", "").split())
        ]

    @property
    def text(self) -> str:
        """What a reader reads, with white space folded."""
        parts = [one if isinstance(one, str) else one.text for one in self.children]
        return " ".join("".join(parts).split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("#document")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def read(html: str) -> Element:
    """Return a page; every element must be closed, and in the right order."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader._open == [reader.root], f"<{reader._open[-1].tag}> is never closed"
    return reader.root


def page(client: TestClient, address: str = "/fr/") -> Element:
    """Return the page at an address."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return read(answer.text)


def cards(client: TestClient, address: str = "/fr/") -> list[Element]:
    """Return the cards of the page at an address."""
    return page(client, address).find("article")


def links(element: Element) -> dict[str, str]:
    """Return where the links in an element lead, by what they say."""
    return {one.text: one.attributes["href"] for one in element.find("a")}
