"""The moderators' desk: a site of its own, on top of the store and apart from the public wall."""
