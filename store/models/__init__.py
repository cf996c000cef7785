"""The tables, one file for each part of the flow."""

from store.models.desk import Keyboard, SavedView
from store.models.harvests import Bookmark, Harvest, Quarantined, Quota, Source
from store.models.moderators import Failure, Invitation, Moderator, Role, SignIn, Viewing
from store.models.periods import Period
from store.models.pictures import Picture, PictureBand, PictureState
from store.models.posts import (
    Availability,
    Media,
    Post,
    QueueCount,
    Queued,
    RawPayload,
    Review,
    Revision,
    Wall,
    WallWord,
)
from store.models.reports import Report, ReportKey
from store.models.reviews import (
    Action,
    Audit,
    Change,
    ChangeKind,
    Collected,
    Decision,
    Lead,
    Note,
    Reason,
    Tombstone,
)
from store.models.stories import (
    StoryApart,
    StoryBand,
    StoryEdge,
    StoryPicture,
    StoryReference,
    StoryText,
)

__all__ = [
    "Action",
    "Audit",
    "Availability",
    "Bookmark",
    "Change",
    "ChangeKind",
    "Collected",
    "Decision",
    "Failure",
    "Harvest",
    "Invitation",
    "Keyboard",
    "Lead",
    "Media",
    "Moderator",
    "Note",
    "Period",
    "Picture",
    "PictureBand",
    "PictureState",
    "Post",
    "Quarantined",
    "QueueCount",
    "Queued",
    "Quota",
    "RawPayload",
    "Reason",
    "Report",
    "ReportKey",
    "Review",
    "Revision",
    "Role",
    "SavedView",
    "SignIn",
    "Source",
    "StoryApart",
    "StoryBand",
    "StoryEdge",
    "StoryPicture",
    "StoryReference",
    "StoryText",
    "Tombstone",
    "Viewing",
    "Wall",
    "WallWord",
]
