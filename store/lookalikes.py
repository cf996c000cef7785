"""Letters of other scripts that look like Latin ones, by which a tag can imitate another."""

import re
import unicodedata

_LATIN = {
    # Cyrillic. Capitals stand apart from small letters: Н looks like H, н like no Latin letter.
    **str.maketrans("авсԁеғһіјкӏмпорԛгѕтиѵԝхуүь", "abcdefhijklmnopqrstuvwxyyb"),
    **str.maketrans("АВСԀЕҒНІЈКӀМОРԚЅТѴԜХУҮЬ", "ABCDEFHIJKLMOPQSTVWXYYB"),
    # Greek.
    **str.maketrans("αβδειϳκηορςτυνωχγ", "abdeijknopctuvwxy"),
    **str.maketrans("ΑΒΕΗΙΚΜΝΟΡΤΧΥΖ", "ABEHIKMNOPTXYZ"),
    # Armenian.
    **str.maketrans("ցհյոօզս", "ghjnoqu"),
    # Latin letters of phonetic alphabets, which serve as small capitals.
    **str.maketrans("ɑᴀʙᴅᴇꜰɡɢɩɪᴋʟꞯʏ", "aabdefggiiklqy"),
}
_ALIKE = re.compile("[" + "".join(map(chr, _LATIN)) + "]")


def unmask(tag: str) -> str:
    """Return a tag with the Latin letters that its letters look like; without accents on those."""
    decomposed = unicodedata.normalize("NFKD", tag)
    return decomposed.translate(_LATIN) if _ALIKE.search(decomposed) else tag
