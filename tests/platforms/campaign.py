"""The campaign of config.yaml, pointed at the stand-ins: for the demo and the end-to-end tests."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from tests.platforms import feeds, reddit, x, youtube
from tests.platforms.world import World

ROOT = Path(__file__).parents[2]

SECRETS = {
    "BLADI_COLLECTORS__X__BEARER_TOKEN": x.TOKEN,
    "BLADI_COLLECTORS__REDDIT__CLIENT_ID": reddit.CLIENT_ID,
    "BLADI_COLLECTORS__REDDIT__CLIENT_SECRET": reddit.CLIENT_SECRET,
    "BLADI_COLLECTORS__YOUTUBE__API_KEY": youtube.KEY,
}
"""The stand-ins' keys, as the environment variables that production uses."""


def settings(
    world: World, urls: dict[str, str], folder: Path, *, every: str = "15s", port: int = 8000
) -> dict[str, Any]:
    """Return config.yaml with the stand-ins' addresses, short intervals and a store in `folder`."""
    config: dict[str, Any] = yaml.safe_load((ROOT / "config.yaml").read_text("utf-8"))
    config["campaign"]["since"] = (world.start - timedelta(days=7)).date()
    config["store"]["url"] = f"sqlite:///{folder}/wall.db"
    config["media"].update(
        folder=f"{folder}/media",
        every="1s",
        trusted=sorted(urlsplit(url).netloc for url in urls.values()),
    )
    config["api"].update(port=port, public_url=f"http://127.0.0.1:{port}")
    config["desk"]["enabled"] = False
    sections = config["collectors"]
    for name in list(sections):
        sections[name].update(
            enabled=name in urls, every=every, moderation="publish", recheck="5s", timeout=10
        )
    sections["reddit"]["moderation"] = "hold"
    if "mastodon" in urls:
        sections["mastodon"]["servers"] = [{"url": urls["mastodon"]}]
    for name in ("x", "bluesky", "youtube", "reddit"):
        if name in urls:
            sections[name]["base_url"] = urls[name]
    if "reddit" in urls:
        sections["reddit"]["auth_url"] = urls["reddit"]
    if "oembed" in urls:
        sections["oembed"].update(tiktok_url=urls["oembed"], meta_url=urls["oembed"])
    if "feeds" in urls:
        sections["feeds"]["feeds"] = [
            {"url": f"{urls['feeds']}/{path}", "name": path} for path in feeds.PATHS
        ]
    return config


def write(config: dict[str, Any], folder: Path) -> Path:
    """Write a configuration; return its path."""
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config, allow_unicode=True, sort_keys=False), "utf-8")
    return path
