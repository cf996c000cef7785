"""Partial responses as Google's APIs give them: `fields=kind,items(id/videoId,snippet)`."""

import re
from typing import Any

Tree = dict[str, Any]


def tree_of(fields: str) -> Tree:
    """Return what a partial response asks for, as a tree of names."""
    root: Tree = {}
    above, here = [root], root
    for name, sign in re.findall(r"(\w*)([/(),]|$)", fields):
        if name:
            here = here.setdefault(name, {})
        if sign == "(":
            above.append(here)
        elif sign == ")":
            here = above.pop()
        elif sign in (",", ""):
            here = above[-1]
    return root


def chosen_of(value: Any, tree: Tree) -> Any:
    """Return what the tree names of an answer; all of it when the tree names nothing."""
    if not tree:
        return value
    if isinstance(value, list):
        return [chosen_of(one, tree) for one in value]
    return {name: chosen_of(value[name], tree[name]) for name in tree if name in value}
