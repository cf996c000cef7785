"""The file of weights, and how it is made."""

from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from store.errors import MaterialError
from store.language import CompactTagger, material, ngrams, training
from store.language.material import Row
from store.language.text import batch
from store.language.weights import SHIPPED, WeightsError, load, save

HERE = Path(__file__).parent

SENTENCES = {
    "fr": "nous rentrons chaque été voir la famille au village avec les enfants",
    "en": "we drive home every summer to see the family and the old village",
    "ar": "نعود كل صيف إلى الوطن لنرى العائلة والأصدقاء في القرية",
    "ary": "كل صيف كنرجعو للبلاد باش نشوفو العائلة والدراري ديال الحومة",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder to train from, small enough for a test; our own texts and the lists stay out."""
    rows = [
        f"{label}\tmade\topen\t{' '.join(np.roll(text.split(), turn))}"
        for label, text in SENTENCES.items()
        for turn in range(60)
    ]
    for name in ("train.tsv", "dev.tsv"):
        (tmp_path / name).write_text("label\tsource\tlicence\ttext\n" + "\n".join(rows) + "\n")
    for name in ("own", "declaration"):
        monkeypatch.setattr(material, name, list)
    monkeypatch.setattr(material, "word_lists", lambda **_: [])
    return tmp_path


def test_shipped_weights_are_small_and_name_their_sources():
    shipped = load()

    assert len(SHIPPED.read_bytes()) < 1_000_000
    assert shipped.latin.labels == training.LATIN_LABELS
    assert shipped.arabic.labels == training.ARABIC_LABELS
    notice = (resources.files("store") / "language" / "NOTICE").read_text("utf-8")
    assert [source for source in shipped.rows if f"`{source}`" not in notice] == []


def test_weights_are_read_as_they_were_written(tmp_path):
    shipped = load()

    save(shipped, tmp_path / "again.bin")

    assert (tmp_path / "again.bin").read_bytes() == SHIPPED.read_bytes()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data[:-1], "weights.bin: is damaged; install bladifqalbi again"),
        (lambda data: data[:100] + b"!" + data[101:], "weights.bin: is damaged"),
        (lambda data: data[:40], "weights.bin: is damaged"),
        (lambda data: b"", "weights.bin: is no file of weights"),
        (lambda data: b"PK\3\4" + data, "weights.bin: is no file of weights"),
        (
            lambda data: data.replace(b"bladi-language\n\1", b"bladi-language\n\2", 1),
            r"weights.bin: is of a newer version \(2, not 1\); install bladifqalbi again",
        ),
    ],
)
def test_wrong_file_is_refused_in_one_sentence(tmp_path, change, message):
    path = tmp_path / "weights.bin"
    path.write_bytes(change(SHIPPED.read_bytes()))

    with pytest.raises(WeightsError, match=message) as refused:
        load(path)

    assert "\n" not in str(refused.value)


def test_missing_file_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(WeightsError, match=r"none\.bin: cannot be read"):
        load(tmp_path / "none.bin")


def test_weights_of_other_pieces_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("store.language.ngrams.VERSION", 2)

    with pytest.raises(WeightsError, match="was learnt with other pieces of words"):
        load()


def test_same_texts_give_the_same_bytes(folder, tmp_path):
    said: list[str] = []
    for name in ("one.bin", "two.bin"):
        save(training.train(folder, say=said.append), tmp_path / name)

    assert (tmp_path / "one.bin").read_bytes() == (tmp_path / "two.bin").read_bytes()
    assert said[0].startswith("learning from ")


def test_what_was_learnt_is_known(folder):
    tagger = CompactTagger(training.train(folder, say=lambda _: None))

    tags = tagger.tag_many(list(SENTENCES.values()))

    assert [tag.language for tag in tags] == list(SENTENCES)


def test_only_rows_of_the_named_licences_are_learnt_from(folder):
    (folder / "train-more.tsv").write_text("label\tlicence\ttext\nfr\trestricted\tbonjour à tous\n")

    free = training.train(folder, say=lambda _: None)
    every = training.train(folder, licences=frozenset({"open", "restricted"}), say=lambda _: None)

    assert (sum(free.rows.values()) + 1) == sum(every.rows.values())


def test_licence_of_no_row_is_refused_with_those_there_are(folder):
    with pytest.raises(MaterialError, match="no text has the licence mine; there are open, own"):
        training.train(folder, licences=frozenset({"mine"}), say=lambda _: None)


def test_longest_word_cannot_run_over_from_one_label_into_the_next():
    word, _ = ngrams.pieces(batch(["abcde" * 500]))

    assert len(word) == ngrams.MOST
    assert 255 * ngrams.MOST < 2**16


def test_folder_without_texts_is_refused(tmp_path):
    with pytest.raises(MaterialError, match=r"dev\.tsv: no such file"):
        training.train(tmp_path, say=lambda _: None)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "no texts; write a label, a tab and a text"),
        ("label\ttext\n", "no texts"),
        ("fr\n", "line 1 has 1 columns, not 2"),
        ("label\ttext\nfr\tbonjour\nxx\thello\n", "line 3 has an unknown label; allowed: ar ary"),
        ("text\tlabel\nbonjour\tfr\nseul\n", "line 3 has 1 columns, not 2"),
    ],
)
def test_wrong_file_of_texts_is_refused_with_its_line(tmp_path, content, message):
    path = tmp_path / "texts.tsv"
    path.write_text(content, "utf-8")

    with pytest.raises(MaterialError, match=message):
        material.read(path)


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "texts.tsv").write_bytes(b"fr\t\xff\xfe\n")

    with pytest.raises(MaterialError, match=r"texts\.tsv: cannot be read as UTF-8"):
        material.read(tmp_path / "texts.tsv")


@pytest.mark.parametrize(
    "content",
    [
        'label\tsource\ttext\nfr\tx\tune "phrase\n',
        'text\tother\tlabel\nune "phrase\t1\tfr\n',
        'fr\tune "phrase\n',
        'fr\tune "phrase',
        'label\ttext\r\nfr\tune "phrase\r\n',
    ],
)
def test_columns_are_found_by_name_or_by_place(tmp_path, content):
    (tmp_path / "texts.tsv").write_text(content, "utf-8", newline="")

    (row,) = material.read(tmp_path / "texts.tsv")

    assert (row.label, row.text) == ("fr", 'une "phrase')


def test_written_rows_are_read_again_without_names_and_addresses(tmp_path):
    rows = [Row("fr", "Merci @amina !\nVoir https://a.example/x #bladifqalbi", "moderator", "own")]

    material.write(rows, tmp_path / "out.tsv")

    assert material.read(tmp_path / "out.tsv") == [replace(rows[0], text="merci voir")]


def test_no_held_out_text_has_been_learnt():
    held = {
        _bare(line.split("\t")[1])
        for name in ("held.tsv", "switching.tsv")
        for line in (HERE / name).read_text("utf-8").split("\n")[1:]
        if line
    }

    assert [row.text for row in material.own() if _bare(row.text) in held] == []


def _bare(text: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in text.lower()).split())
