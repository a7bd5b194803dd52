"""Manifests name every file that is missing, changed or new."""

import hashlib
import json

import pytest

from mmvkp.manifest import MANIFEST, compare_manifest, read_manifest, write_manifest


@pytest.fixture()
def folder(tmp_path):
    (tmp_path / 'frames/a').mkdir(parents=True)
    for name in ('list.txt', 'frames/a/1.png', 'frames/a/2.png'):
        (tmp_path / name).write_bytes(name.encode())
    write_manifest(tmp_path, ['list.txt', 'frames/a'])
    return tmp_path


def test_size_and_checksum_of_each_file(folder):
    records = read_manifest(folder)
    assert list(records) == ['frames/a/1.png', 'frames/a/2.png', 'list.txt']
    # Computed from the content, independent of the file.
    assert records['list.txt'].size == 8
    assert records['list.txt'].sha256 == hashlib.sha256(b'list.txt').hexdigest()
    assert [each.name for each in folder.iterdir() if each.name[0] == '.'] == []


def test_a_complete_folder(folder):
    (folder / 'frames/a/.mmvkp_frames.jsonl').write_text('{}')  # hidden
    found = compare_manifest(folder)
    assert found == ([], [], []) and str(found) == ''


def test_each_difference_is_named(folder):
    (folder / 'list.txt').write_bytes(b'LIST.txt')  # of the same size
    (folder / 'frames/a/1.png').unlink()
    (folder / 'frames/a/2.png').write_bytes(b'')
    (folder / 'frames/b').mkdir()
    (folder / 'frames/b/new.png').write_bytes(b'')
    found = compare_manifest(folder)
    assert found.missing == ['frames/a/1.png']
    assert found.changed == ['frames/a/2.png', 'list.txt']
    assert found.extra == ['frames/b/new.png']
    assert str(found).splitlines() == [
        '  missing: frames/a/1.png',
        '  changed: frames/a/2.png',
        '  changed: list.txt',
        '  extra: frames/b/new.png',
    ]


def test_a_missing_file_has_no_manifest(folder):
    (folder / MANIFEST).unlink()
    with pytest.raises(FileNotFoundError):
        write_manifest(folder, ['list.txt', 'gone.txt'])
    assert not (folder / MANIFEST).exists()
    with pytest.raises(FileNotFoundError, match='has no manifest.json.*Repeat'):
        compare_manifest(folder)


RECORD = dict(size=1, sha256='0')


@pytest.mark.parametrize(
    'content',
    [
        '',
        '[]',
        '{"files": {}}',
        '{"version": 2, "files": {}}',
        '{"version": 1, "files": []}',
        '{"version": 1, "files": {"a": 1}}',
        '{"version": 1, "files": {"a": {"size": 1}}}',
        '[' * 100000,
        json.dumps(dict(version=1, files={'../a': RECORD})),
        json.dumps(dict(version=1, files={'/etc/passwd': RECORD})),
        json.dumps(dict(version=1, files={'a': dict(size='1', sha256='0')})),
    ],
)
def test_other_files_of_this_name(folder, content):
    (folder / MANIFEST).write_text(content)
    with pytest.raises(ValueError, match='manifest.json is not a manifest of mmvkp'):
        compare_manifest(folder)
