"""Small words that decide whether two texts say the same, in the languages of the wall."""

from pathlib import Path

from store.normal import words


def _folded(*listed: str) -> frozenset[str]:
    return frozenset(word for line in listed for word in words(line).split())


JOINING = _folded(
    # Arabic, Darija in both scripts, Tamazight in both scripts.
    "في من إلى على عن مع عند بين نحو ضد و ب ل ف ك د ديال فـ لـ بـ مع عند حدا يا",
    "f fi men mn l d dial dyal m3a 3la 3nd b w wla bin ila fal gher la",
    "g i n s d zg ɣ ɣer deg seg ger ar am ⴳ ⵉ ⵏ ⵙ ⴷ ⵖⵔ ⵣⴳ ⴳⵔ ⴰⵔ",
    "in on at to of from for by with and or the a an near into via vs against about our this my",
    "à a au aux de du des d en dans chez pour par sur avec et ou le la les l",
    "vers contre un une notre",
    "en de del a al con para por y o el la los las un una desde hacia contra sobre nuestra nuestro",
    "em no na nos nas do da dos das ao à com para por e o os as um uma",
    "te in op naar van voor met en of de het een bij tegen uit over door onze",
    "in im am an auf nach von vom für mit und oder der die das den dem ein eine",
    "zu zur zum bei gegen",
    "in nel nella nei a ad al alla ai di del della dei da dal dalla con per e o",
    "il lo la i gli le un",
)
"""Words that want another after them: a tag that follows is part of the sentence."""

DENYING = _folded(
    "لا ليس ليست لم لن ما ماشي مش مو",
    "not no never cannot dont doesnt didnt isnt arent wasnt wont cant",
    "pas jamais aucun aucune",
    "nunca jamás não",
    "niet geen nooit",
    "nicht kein keine keinen nie",
    "mai nessun nessuna",
    "machi mashi ⵓⵔ",
)
"""Words that turn a sentence round: with one more of them it is another story."""


def _listed(name: str) -> list[str]:
    """Return the lines of a list that lies beside this module, without its comments."""
    lines = Path(__file__).with_name(name).read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


NAMES = _folded(*_listed("names.txt"))
"""Names, days and numbers: two of them are never slips of the pen for one another."""
CALLS = frozenset(tuple(words(line).split()) for line in _listed("calls.txt"))
"""What people put before or after a text that they pass on, as tuples of words."""
