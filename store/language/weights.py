"""The file that holds what the tagger has learnt."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from store.errors import StoreError
from store.language import ngrams
from store.language.text import Array

FORMAT = 1
_MAGIC = b"bladi-language\n"
_SUM_BYTES = 32
SHIPPED = resources.files("store") / "language" / "weights.bin"


class WeightsError(StoreError):
    """The file of weights cannot be used; the message says what to do."""


@dataclass(frozen=True, eq=False)
class Table:
    """What speaks for which language among those of one script.

    `values` is int8 of shape (2 ** bits, labels): a piece's bucket, times `scale`, is what it says
    for each label; `bias` is what is said without any piece.
    """

    labels: tuple[str, ...]
    bits: int
    values: Array
    scale: Array
    bias: Array

    LOWEST: ClassVar[int] = -128

    @cached_property
    def lanes(self) -> list[Array]:
        """`values` less `LOWEST`, four labels side by side in each number: arrays of 2 ** bits.

        As many as 256 numbers can be added without one label running over into the next.
        """
        padded = np.zeros((len(self.values), -(-len(self.labels) // 4) * 4), np.uint16)
        padded[:, : len(self.labels)] = self.values.astype(np.int16) - self.LOWEST
        return [np.ascontiguousarray(lane) for lane in padded.view(np.uint64).T]


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Tables of both scripts, and the numbers that were tuned with them."""

    latin: Table
    arabic: Table
    numbers: Mapping[str, float]
    """`temperature`, `sure`, `sure_short`, and those of `store.language.mixed`."""
    hints: Mapping[str, Mapping[str, float]]
    """For each hint of a platform: how much it speaks for each label (natural logarithm)."""
    rows: Mapping[str, int]
    """How many texts of each source they were learnt from."""
    digest: str = ""
    """Short name of just these weights, by their bytes; "" before they are in a file."""


def load(path: Path | Traversable = SHIPPED) -> Weights:
    """Return the weights of a file.

    Raises:
        WeightsError: it is missing, damaged, or of another version.
    """
    name = getattr(path, "name", "weights")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"{name}: cannot be read ({error.strerror}); {_REMEDY}") from error
    head, body = data[: len(_MAGIC) + 1 + _SUM_BYTES], data[len(_MAGIC) + 1 + _SUM_BYTES :]
    if not head.startswith(_MAGIC):
        raise WeightsError(f"{name}: is no file of weights; {_REMEDY}")
    if (made := head[len(_MAGIC)]) != FORMAT:
        age = "a newer" if made > FORMAT else "an older"
        raise WeightsError(f"{name}: is of {age} version ({made}, not {FORMAT}); {_REMEDY}")
    if head[len(_MAGIC) + 1 :] != _sum(body):
        raise WeightsError(f"{name}: is damaged; {_REMEDY}")
    return replace(_unpack(body, name), digest=_sum(body).hex()[:8])


def save(weights: Weights, path: Path) -> None:
    """Write weights to a file; the same weights give the same bytes.

    Raises:
        WeightsError: it cannot be written.
    """
    tables = {"latin": weights.latin, "arabic": weights.arabic}
    about = {
        "ngrams": ngrams.VERSION,
        "tables": {
            name: {
                "labels": table.labels,
                "bits": table.bits,
                "scale": table.scale.tolist(),
                "bias": table.bias.tolist(),
            }
            for name, table in tables.items()
        },
        **{key: value for key, value in _plain(weights).items() if key not in tables},
    }
    body = json.dumps(about, sort_keys=True, separators=(",", ":")).encode() + b"\n"
    body += b"".join(table.values.tobytes() for table in tables.values())
    partial = path.with_suffix(".partial")
    try:
        partial.write_bytes(_MAGIC + bytes([FORMAT]) + _sum(body) + body)
        partial.replace(path)
    except OSError as error:
        raise WeightsError(f"{path.name}: cannot be written ({error.strerror})") from error


def table(labels: Sequence[str], bits: int, values: Array, bias: Array) -> Table:
    """Return a table of floats as int8, each label with a scale of its own."""
    scale = np.maximum(np.abs(values).max(axis=0), 1e-9) / 127
    return Table(tuple(labels), bits, np.rint(values / scale).astype(np.int8), scale, bias)


_REMEDY = "install bladifqalbi again, or make it anew with `bladifqalbi language train`"


def _plain(weights: Weights) -> dict[str, Any]:
    return {
        "numbers": dict(weights.numbers),
        "hints": {hint: dict(said) for hint, said in weights.hints.items()},
        "rows": dict(weights.rows),
    }


def _unpack(body: bytes, name: str) -> Weights:
    line, _, arrays = body.partition(b"\n")
    about = json.loads(line)
    if about["ngrams"] != ngrams.VERSION:
        raise WeightsError(f"{name}: was learnt with other pieces of words; {_REMEDY}")
    tables, start = {}, 0
    for script in ("latin", "arabic"):
        one = about["tables"][script]
        shape = (1 << one["bits"], len(one["labels"]))
        size = shape[0] * shape[1]
        values = np.frombuffer(arrays, np.int8, size, start).reshape(shape)
        start += size
        tables[script] = Table(
            tuple(one["labels"]), one["bits"], values, np.array(one["scale"]), np.array(one["bias"])
        )
    return Weights(
        tables["latin"],
        tables["arabic"],
        numbers=about["numbers"],
        hints=about["hints"],
        rows=about["rows"],
    )


def _sum(body: bytes) -> bytes:
    return blake2b(body, digest_size=_SUM_BYTES).digest()
