"""What the store may refuse; messages are for the operator and hold no personal data."""


class StoreError(Exception):
    """The store cannot do what was asked."""


class UnknownPostError(StoreError):
    """No such post, or not one that the caller may see."""


class OnePostError(StoreError):
    """Two posts are wanted, and one was named twice."""


class MaterialError(StoreError):
    """A file of examples cannot be used; the message says what to do."""


class LeaseLostError(StoreError):
    """Another process has taken over; nothing of this page was saved."""
