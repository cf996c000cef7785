"""The moderators' desk, on top of the public side; its pages arrive with their own issue."""
