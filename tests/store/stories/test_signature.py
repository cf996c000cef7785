"""Keys by which near texts find each other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.stories.signature import KEYS, keys

STORY = (
    "la bibliotheque du quartier rouvre lundi apres deux ans de travaux et propose deux mille "
    "livres nouveaux en arabe en amazigh et en francais pour tous les ages"
)
TEXTS = st.lists(st.text(), max_size=8)


def shared(one: str, other: str) -> int:
    mine, theirs = keys([one, other])
    return int((mine == theirs).sum())


def test_keys_are_the_same_on_every_machine_and_in_every_version():
    assert keys([STORY])[0, [0, 5, 9]].tolist() == [
        7527754236843956398,
        73498903820862623,
        -8186178336823630187,
    ]


def test_keys_are_signed_numbers_of_64_bits():
    found = keys([STORY, "بلادي", ""])

    assert (found.shape, found.dtype) == ((3, KEYS), np.dtype(np.int64))


def test_no_text_has_no_keys():
    assert keys([]).shape == (0, KEYS)


@pytest.mark.parametrize(
    "near",
    [
        STORY.replace("lundi", "lunndi"),
        "copie " + STORY,
        STORY + " venez nombreux",
        STORY[:110],
        STORY.replace(" du quartier", ""),
    ],
)
def test_near_texts_share_a_key(near):
    assert shared(STORY, near) > 0


def test_other_texts_share_no_key():
    other = "les pompiers ont sauve un chat tombe dans le puits de la ferme voisine hier soir"

    assert shared(STORY, other) == 0


@given(TEXTS, st.text())
def test_keys_of_a_text_do_not_depend_on_its_neighbours(others, text):
    assert (keys([*others, text, *others])[len(others)] == keys([text])[0]).all()


def test_keys_of_many_texts_are_those_of_each():
    texts = [f"{STORY} {number}"[number % 90 :] for number in range(1200)]

    assert (keys(texts)[::101] == np.concatenate([keys([text]) for text in texts[::101]])).all()
