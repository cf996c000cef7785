"""One key for each page, however its address is written."""

import re
from functools import lru_cache
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

_LONGEST = 2_000
"""Characters of an address that are looked at."""

_HOSTS = {
    **dict.fromkeys(("x.com", "twitter.com", "nitter.net", "xcancel.com"), "x"),
    **dict.fromkeys(("fxtwitter.com", "vxtwitter.com", "fixupx.com", "fixvx.com"), "x"),
    **dict.fromkeys(("youtube.com", "youtube-nocookie.com"), "youtube"),
    "youtu.be": "youtu.be",
    "reddit.com": "reddit",
    "redd.it": "redd.it",
    **dict.fromkeys(("instagram.com", "instagr.am", "ddinstagram.com"), "instagram"),
    "tiktok.com": "tiktok",
    **dict.fromkeys(("bsky.app", "fxbsky.app", "bskx.app"), "bluesky"),
    **dict.fromkeys(("threads.net", "threads.com"), "threads"),
    **dict.fromkeys(("facebook.com", "fb.com"), "facebook"),
}
"""Networks by host, other faces of a network included."""

_PATHS = {
    "x": ("x", r"/(?:i/web|[^/]+)/status(?:es)?/(\d+)(?:/.*)?"),
    "youtube": ("youtube", r"/(?:shorts|live|embed|v)/([\w-]+)"),
    "youtu.be": ("youtube", r"/([\w-]+)"),
    "reddit": (
        "reddit",
        # What follows the title is the id of a comment, which is another post.
        r"(?:/r/[\w-]+|/u(?:ser)?/[\w-]+)?/(?:comments|gallery)/([\w-]+)(?:/[^/]*)?",
    ),
    "redd.it": ("reddit", r"/([\w-]+)"),
    "instagram": ("instagram", r"(?:/[\w.]+)?/(?:p|reels?|tv)/([\w-]+)(?:/embed)?"),
    "tiktok": ("tiktok", r"/(?:@[\w.-]+/(?:video|photo)|v|embed(?:/v2)?)/(\d+)(?:\.html)?"),
    # The record's key alone: the author stands there by a handle or by a DID.
    "bluesky": ("bluesky", r"/profile/[^/]+/post/([2-7a-z]{13})"),
    "threads": ("threads", r"/(?:@[\w.]+/post|t)/([\w-]+)"),
    "facebook": ("facebook", r"/(?:[^/]+/(?:posts|videos)(?:/[^/]+)?|reel)/(\w+)"),
}
"""What a post's path is on each network, and the name that its posts have in keys."""
_PATTERNS = {network: (name, re.compile(path)) for network, (name, path) in _PATHS.items()}

_FACE = re.compile(r"(?:www|m|mobile|amp|old|new|np|i|sh|music|mbasic|web)\.(?=[^.]+\.)")
_OWN_FACE = re.compile(r"(?:www|m|mobile|amp)\.(?=[^.]+\.)")
_STATUS = re.compile(r"/(?:users/([\w.-]+)/statuses|@([\w.-]+)(?:@[\w.-]+)?)/(\w+)(?:/activity)?")
_PLAIN = re.compile(r"https?://([a-z0-9-]+(?:\.[a-z0-9-]+)+)(/[A-Za-z0-9_@./-]*)")
"""An address of which nothing need be decoded; most are such, and `urlsplit` is slow."""
_RECORD = re.compile(r"at://[^/]+/app\.bsky\.feed\.post/([2-7a-z]{13})")
_TRACKING = re.compile(
    r"utm_\w+|(?:fb|g|tw|ms|y|dc|wb|gb)cl(?:id|src)|gbraid|mc_[ce]id|mkt_tok|igsh(?:id)?"
    r"|_ga|_gl|_hs(?:enc|mi)|vero_id|oly_(?:anon|enc)_id|ref_(?:src|url)|cmpid|xtor|at_\w+|amp"
)


@lru_cache(maxsize=2_000)
def permalink_key(url: str) -> str | None:
    """Return a key that every address of one page has; None for what is no address of a page.

    A post of a network we know gives `platform:id` (`x:1234`), any other page its host, path and
    query. Parameters that only trace readers are dropped; `s`, `t` and `si`, which trace on some
    networks, mean something elsewhere and stay.
    """
    if len(url) > _LONGEST:
        return None
    if record := _RECORD.fullmatch(url):
        return f"bluesky:{record[1]}"
    port = None
    if plain := _PLAIN.fullmatch(url):
        parts, host = SplitResult("https", plain[1], plain[2], "", ""), plain[1]
    else:
        try:
            parts = urlsplit(url.strip())
            port = parts.port
        except ValueError:
            return None
        host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in ("http", "https") or "." not in host:
        return None
    return _post(parts, host) or _page(parts, host, port)


def post_id(url: str, network: str) -> str | None:
    """Return the id by which an address names a post of one of the networks of `_PATHS`."""
    found, _, name = (permalink_key(url) or "").partition(":")
    return name if found == network and name else None


def status_id(url: str) -> tuple[str, str] | None:
    """Return the server, with its port, and the id of a status of the fediverse."""
    key = permalink_key(url)
    if key is None:
        return None
    parts = urlsplit(url.strip())
    status = _status(parts, (parts.hostname or "").rstrip("."))
    return None if status is None else (parts.netloc.rpartition("@")[2].lower(), status[3])


def _status(parts: SplitResult, host: str) -> re.Match[str] | None:
    if host.removeprefix("www.") in _HOSTS:
        return None
    return _STATUS.fullmatch(parts.path.rstrip("/"))


def _post(parts: SplitResult, host: str) -> str | None:
    """Return the key of a post on a network, None where the address is something else."""
    path = parts.path.rstrip("/")
    if status := _status(parts, host):
        # Servers name one status by two addresses, one for people and one for machines.
        return f"{host.removeprefix('www.')}/@{(status[1] or status[2]).casefold()}/{status[3]}"
    network = "x" if host.startswith("nitter.") else _HOSTS.get(_FACE.sub("", host, count=1))
    if network is None:
        return None
    name, pattern = _PATTERNS[network]
    if found := pattern.fullmatch(path):
        return f"{name}:{found[1]}"
    if network == "youtube" and path == "/watch":
        return next(
            (f"{name}:{value}" for key, value in parse_qsl(parts.query) if key == "v"), None
        )
    return None


def _page(parts: SplitResult, host: str, port: int | None) -> str | None:
    """Return the key of a page on any other site; a site's own front page is no story."""
    # "é" and "%C3%A9" are one letter.
    path = unquote(parts.path).rstrip("/")
    asked = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not _TRACKING.fullmatch(name.casefold())
    ]
    if not path and not asked:
        return None
    query = "?" + urlencode(sorted(asked), errors="replace") if asked else ""
    shown = "" if port in (None, 80, 443) else f":{port}"
    return f"{_OWN_FACE.sub('', host, count=1)}{shown}{path}{query}"
