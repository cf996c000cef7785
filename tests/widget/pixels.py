"""How far two pictures of a page are from each other."""

from PIL import Image, ImageChops

TOLERANCE = 40
"""Of 255: smoothing of letters differs by less between machines."""


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return which part of the pixels differs; 1 for pictures of another size."""
    first, second = one.convert("RGB"), other.convert("RGB")
    if first.size != second.size:
        return 1.0
    apart = ImageChops.difference(first, second).convert("L").point(lambda x: x > TOLERANCE and 255)
    return apart.histogram()[255] / (first.width * first.height)
