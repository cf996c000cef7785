"""The registry of platforms: one typed section for each."""

from collections.abc import Iterator

from collectors.base import CollectorSettings
from collectors.bluesky import BlueskySettings
from collectors.feeds import FeedsSettings
from collectors.mastodon import MastodonSettings
from collectors.oembed import OembedSettings
from collectors.reddit import RedditSettings
from collectors.x import XSettings
from collectors.youtube import YouTubeSettings
from store.settings import Section


class CollectorsSettings(Section):
    """Which platforms are read, how often, and what they may cost."""

    mastodon: MastodonSettings = MastodonSettings()
    bluesky: BlueskySettings = BlueskySettings()
    youtube: YouTubeSettings = YouTubeSettings()
    reddit: RedditSettings = RedditSettings()
    oembed: OembedSettings = OembedSettings()
    feeds: FeedsSettings = FeedsSettings()
    x: XSettings = XSettings()

    def each(self) -> Iterator[tuple[str, CollectorSettings]]:
        """Yield name and section of every platform, in the order of config.yaml."""
        for name in type(self).model_fields:
            yield name, getattr(self, name)
