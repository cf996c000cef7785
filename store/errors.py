"""What the store may refuse; messages are for the operator and hold no personal data."""


class StoreError(Exception):
    """The store cannot do what was asked."""


class UnknownPostError(StoreError):
    """No such post, or not one that the caller may see."""


class ConflictError(StoreError):
    """The post is not as it was when who decides looked at it."""


class StoryConflictError(ConflictError):
    """Somebody has acted on a story since; `moderator` says who."""

    def __init__(self, message: str, moderator: str) -> None:
        super().__init__(message)
        self.moderator = moderator


class IllegalActionError(StoreError):
    """This cannot be done to a post as it is, or not with these terms."""


class UnknownLanguageError(StoreError):
    """A person named a language that posts cannot be tagged with."""


class OnePostError(StoreError):
    """Two posts are wanted, and one was named twice."""


class MaterialError(StoreError):
    """A file of examples cannot be used; the message says what to do."""


class LeaseLostError(StoreError):
    """Another process has taken over; nothing of this page was saved."""
