"""What a visitor can choose from, with how many posts each choice would show."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from api import names
from api.parameters import Selection
from api.site import Site
from api.words import Wording
from store.settings import CollectionSettings
from store.wall import Group


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One choice of a menu."""

    value: str
    """As in the address; "" for no restriction."""
    name: str
    posts: str | None
    """How many posts it would show, as the language writes numbers; None when not counted."""
    chosen: bool
    count: int = 0
    """The same as a number."""


Menu = Sequence[Choice]


@dataclass(frozen=True, slots=True, kw_only=True)
class Menus:
    """All choices of one page."""

    kinds: Menu
    languages: Menu
    platforms: Menu
    collections: Menu
    found: int
    """Posts that the present choice shows, on all its pages."""
    has_youtube: bool


def build(
    groups: Sequence[Group],
    query: Selection,
    site: Site,
    wording: Wording,
    collections: Iterable[CollectionSettings] = (),
) -> Menus:
    """Return the menus for a page, and the collections that it offers."""
    of_kind = [one for one in groups if query.kind in {None, one.kind}]
    of_language = [one for one in groups if query.language in {None, one.language}]
    of_platform = [one for one in groups if query.platform in {None, one.platform}]
    kinds = _count((one.kind, one) for one in of_language if one in of_platform)
    languages = _count((one.language, one) for one in of_kind if one in of_platform)
    platforms = _count((one.platform, one) for one in of_kind if one in of_language)
    found = [one for one in of_kind if one in of_language and one in of_platform]
    return Menus(
        kinds=_kinds(kinds, query.kind, wording),
        languages=_languages(languages, query.language, wording),
        platforms=_platforms(platforms, query.platform, wording),
        collections=_collections(query.collection, collections, site, wording),
        found=sum(one.posts for one in found),
        has_youtube=any(one.platform == "youtube" for one in found),
    )


def _count(groups: Iterable[tuple[str, Group]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for value, group in groups:
        counts[value] += group.posts
    return counts


def _kinds(counts: Counter[str], chosen: str | None, wording: Wording) -> list[Choice]:
    everything = Choice(
        value="",
        name=wording.gettext("All"),
        posts=wording.number(counts.total()),
        chosen=chosen is None,
    )
    return [
        everything,
        *(
            Choice(
                value=kind,
                name=wording.gettext(name),
                posts=wording.number(counts[kind]),
                count=counts[kind],
                chosen=kind == chosen,
            )
            for kind, name in names.KINDS.items()
            if counts[kind] or kind == chosen
        ),
    ]


def _languages(counts: Counter[str], chosen: str | None, wording: Wording) -> list[Choice]:
    """Return the languages that there are posts in, in the order of `names.LANGUAGES`."""
    return [
        Choice(
            value=tag,
            name=names.language(wording, tag),
            posts=wording.number(counts[tag]),
            count=counts[tag],
            chosen=tag == chosen,
        )
        for tag in names.LANGUAGES
        if counts[tag] or tag == chosen
    ]


def _platforms(counts: Counter[str], chosen: str | None, wording: Wording) -> list[Choice]:
    """Return the networks that there are posts from, the richest first."""
    present = {name for name in counts if counts[name]} | ({chosen} if chosen else set())
    return [
        Choice(
            value=platform,
            name=names.network(wording, platform),
            posts=wording.number(counts[platform]),
            count=counts[platform],
            chosen=platform == chosen,
        )
        for platform in sorted(present, key=lambda name: (-counts[name], name))
    ]


def _collections(
    chosen: str | None, collections: Iterable[CollectionSettings], site: Site, wording: Wording
) -> list[Choice]:
    return [
        Choice(
            value=collection.name,
            name=site.say(collection.title, wording),
            posts=None,
            chosen=collection.name == chosen,
        )
        for collection in collections
    ]
