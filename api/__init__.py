"""The public side: the wall, its feeds and its health; never imports the reading side."""
