"""Where copies are kept: the same behaviour in a folder and in a bucket."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from store.files import Files, FilesError, open_files
from store.settings import MediaSettings, S3Settings

DIGEST = "ab" * 32
OTHER = "ac" * 32


@pytest.fixture(params=["folder", "bucket"])
def files(request: pytest.FixtureRequest, tmp_path) -> Files:
    if request.param == "folder":
        return open_files(MediaSettings(folder=tmp_path / "new" / "media"))
    return open_files(request.getfixturevalue("bucket"))


def test_file_is_given_back_as_it_was_kept(files):
    files.put(DIGEST, "640.webp", b"picture")
    files.put(DIGEST, "640.webp", b"picture")

    assert files.get(DIGEST, "640.webp") == b"picture"
    assert files.get(DIGEST, "320.webp") is None
    assert files.get(OTHER, "640.webp") is None


def test_all_files_of_a_digest_go_and_no_others(files):
    for name in ("320.webp", "320.jpg", "640.webp"):
        files.put(DIGEST, name, b"picture")
    files.put(OTHER, "320.webp", b"another")

    files.delete([DIGEST, "ff" * 32])
    files.delete([DIGEST])

    assert [digest for digest, _ in files.digests()] == [OTHER]


def test_every_file_is_named_with_its_age(files):
    files.put(DIGEST, "320.webp", b"picture")

    ((digest, at),) = files.digests()

    assert digest == DIGEST
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)


def test_folder_keeps_no_empty_folders(tmp_path):
    files = open_files(MediaSettings(folder=tmp_path))
    files.put(DIGEST, "320.webp", b"picture")

    files.delete([DIGEST])

    assert list(tmp_path.iterdir()) == []


def test_bucket_that_is_not_there_is_told_in_one_sentence_without_secrets(s3_service):
    s3 = S3Settings(
        bucket="none", endpoint=s3_service, access_key=SecretStr("us"), secret_key=SecretStr("hush")
    )

    with pytest.raises(FilesError, match=r"^bucket none: cannot be written to \(\w+\)") as caught:
        open_files(MediaSettings(s3=s3)).put(DIGEST, "320.webp", b"picture")
    assert "hush" not in str(caught.value)


def test_folder_that_cannot_be_made_is_told_in_one_sentence(tmp_path):
    (tmp_path / "file").write_text("no folder")

    with pytest.raises(FilesError, match=r"file/media: cannot be written to \(NotADirectoryError"):
        open_files(MediaSettings(folder=tmp_path / "file" / "media"))


def test_folder_that_is_a_file_is_told_in_one_sentence(tmp_path):
    (tmp_path / "media").write_text(json.dumps({}))

    with pytest.raises(FilesError, match="media: cannot be written to"):
        open_files(MediaSettings(folder=tmp_path / "media"))
