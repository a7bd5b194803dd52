"""Complete, interrupted, changed and foreign folders."""

import json

import pytest

from mmvkp.manifest import MANIFEST, read_manifest
from mmvkp.stick_action import generate
from mmvkp.stick_action.settings import make_settings
from mmvkp.stick_action.tube_clips import VARIANTS

from .stick_data import SMALL, contents, make_small


def test_same_files_for_any_number_of_workers(data, tmp_path):
    assert make_small(tmp_path / 'two', workers=2, raw_frames=True)
    assert contents(tmp_path / 'two') == contents(data)


def test_other_seed_other_videos(data, tmp_path):
    assert make_small(tmp_path, seed=1)
    name = 'videos/lean/val_00008.mp4'
    assert (tmp_path / name).read_bytes() != (data / name).read_bytes()


def test_more_clips_keep_the_first_ones(data, tmp_path):
    assert make_small(tmp_path, val=24)
    name = 'videos/lean/val_00008.mp4'
    assert (tmp_path / name).read_bytes() == (data / name).read_bytes()


def test_a_complete_data_set_is_not_changed(data):
    before = contents(data)
    times = {p: p.stat().st_mtime_ns for p in data.rglob('*')}
    assert not make_small(data, raw_frames=True)
    assert times == {p: p.stat().st_mtime_ns for p in data.rglob('*')}
    assert before == contents(data)


def test_an_interrupted_run_continues(tmp_path, monkeypatch):
    """Interrupted: no lists, no settings; repeated: complete."""
    done, make_one = [], generate.make_one

    def stop_at_30(clip, **kwargs):
        if len(done) == 30:
            raise KeyboardInterrupt
        done.append(clip)
        make_one(clip, **kwargs)

    monkeypatch.setattr(generate, 'make_one', stop_at_30)
    with pytest.raises(KeyboardInterrupt):
        make_small(tmp_path / 'a')
    assert not list((tmp_path / 'a').glob('*.txt'))
    assert not (tmp_path / 'a/settings.json').exists()
    monkeypatch.undo()
    videos = sorted((tmp_path / 'a/videos').glob('*/*.mp4'))
    assert len(videos) == 30
    times = [path.stat().st_mtime_ns for path in videos[2:]]
    videos[0].write_bytes(videos[0].read_bytes()[:500])  # truncated
    (videos[1].parent / '.1.tmp.x.mp4').write_bytes(b'rest')
    assert make_small(tmp_path / 'a', workers=2)
    assert times == [path.stat().st_mtime_ns for path in videos[2:]]
    assert make_small(tmp_path / 'b')
    assert contents(tmp_path / 'a') == contents(tmp_path / 'b')


def test_missing_files_are_made_again(tmp_path):
    assert make_small(tmp_path)
    before = contents(tmp_path)
    (tmp_path / 'videos/push/test_00010.mp4').unlink()
    (tmp_path / 'val.txt').unlink()
    assert make_small(tmp_path)
    assert contents(tmp_path) == before


def test_changed_files_are_made_again(tmp_path):
    """A damaged video with the right number of frames was kept."""
    assert make_small(tmp_path, raw_frames=True)
    before = contents(tmp_path)
    video = tmp_path / 'videos/push/test_00010.mp4'
    content = bytearray(video.read_bytes())
    content[len(content) // 2] ^= 255
    video.write_bytes(content)
    (tmp_path / 'rawframes/push/test_00010/img_00002.jpg').write_bytes(b'')
    (tmp_path / 'val.txt').write_text('')
    (tmp_path / 'notes.txt').write_text('mine')
    assert make_small(tmp_path, raw_frames=True)
    assert contents(tmp_path) == {**before, 'notes.txt': b'mine'}
    assert not make_small(tmp_path, raw_frames=True)


def test_the_manifest_is_written_last(tmp_path, monkeypatch):
    """Without it the data set is not complete."""
    assert make_small(tmp_path / 'a')
    before = contents(tmp_path / 'a')
    records = read_manifest(tmp_path / 'a')
    assert {*records, MANIFEST} == set(before)
    assert 'settings.json' in records

    def stop(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(generate, 'write_manifest', stop)
    with pytest.raises(KeyboardInterrupt):
        make_small(tmp_path / 'b')
    assert not (tmp_path / 'b' / MANIFEST).exists()
    monkeypatch.undo()
    assert make_small(tmp_path / 'b')
    assert contents(tmp_path / 'b') == before


def test_a_manifest_removes_no_foreign_file(tmp_path):
    assert make_small(tmp_path)
    (tmp_path / 'notes.txt').write_text('mine')
    path = tmp_path / MANIFEST
    content = json.loads(path.read_text())
    content['files']['notes.txt'] = dict(size=0, sha256='')
    path.write_text(json.dumps(content))
    assert make_small(tmp_path)
    assert (tmp_path / 'notes.txt').read_text() == 'mine'


def test_other_settings_are_refused_unless_overwritten(tmp_path):
    assert make_small(tmp_path, raw_frames=True)
    before = contents(tmp_path)
    message = 'seed: 0 in the folder, 4 given.*--overwrite'
    with pytest.raises(ValueError, match=message):
        make_small(tmp_path, seed=4)
    assert before == contents(tmp_path)
    assert make_small(tmp_path, seed=4, overwrite=True)
    assert json.loads((tmp_path / 'settings.json').read_text())['seed'] == 4
    assert not (tmp_path / 'rawframes').exists()


def test_other_settings_of_an_unfinished_run_are_refused(tmp_path):
    assert generate.prepare(tmp_path, make_settings(**SMALL), False)
    with pytest.raises(ValueError, match='seed: 0 in the folder, 4 given'):
        make_small(tmp_path, seed=4)


def test_interrupted_overwriting_mixes_nothing(tmp_path):
    assert make_small(tmp_path)
    (tmp_path / generate.UNFINISHED).write_text('{"generator": "StickAction"}')
    assert make_small(tmp_path, seed=4)
    assert make_small(tmp_path / 'fresh', seed=4)
    fresh = contents(tmp_path / 'fresh')
    found = contents(tmp_path)
    assert fresh == {name: found[name] for name in fresh}


@pytest.mark.parametrize('name', ['videos/mine.txt', 'settings.json'])
def test_a_foreign_folder_is_never_touched(tmp_path, name):
    (tmp_path / 'videos').mkdir()
    (tmp_path / name).write_text('keep')
    with pytest.raises(ValueError, match='does not hold a StickAction'):
        make_small(tmp_path, overwrite=True)
    assert contents(tmp_path) == {name: b'keep'}


@pytest.mark.parametrize('variant', VARIANTS)
def test_detection_continues_and_has_equal_files(variants, variant, tmp_path):
    """With two workers, after an interruption, and over another data set."""
    tubes = variants[variant]
    before = contents(tubes)
    assert not make_small(tubes, variant=variant)
    assert make_small(tmp_path, train=12)
    with pytest.raises(ValueError, match='variant: None in the folder'):
        make_small(tmp_path, variant=variant)
    assert make_small(tmp_path, 2, overwrite=True, variant=variant)
    assert not (tmp_path / 'videos').exists()
    assert contents(tmp_path) == before
    frames = sorted(tmp_path.glob('*/**/*00003.*g'))
    frames[0].unlink()
    (tmp_path / 'settings.json').rename(tmp_path / generate.UNFINISHED)
    for name in ('StickAction-GT.pkl', 'test.csv'):
        (tmp_path / name).unlink(missing_ok=True)
    assert make_small(tmp_path, variant=variant)
    assert contents(tmp_path) == before
