import importlib
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from mmvkp.stick_action.actions import CLASSES, make_clip

tool = importlib.import_module('mmvkp.stick_action.generate')

SMALL = (
    '--train',
    '24',
    '--val',
    '12',
    '--test',
    '12',
    '--frame-size',
    '32',
    '--num-frames',
    '8',
)


def _make(out, *options, workers=1):
    return tool.main([str(out), *SMALL, '--workers', str(workers), *options])


def _contents(out):
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob('*'))
        if path.is_file()
    }


def _decode(path):
    decord = pytest.importorskip('decord')
    video = decord.VideoReader(str(path), num_threads=1)
    return video.get_batch(range(len(video))).asnumpy()[..., ::-1]


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    out = tmp_path_factory.mktemp('data') / 'stick'
    assert _make(out, '--raw-frames') == 0
    return out


def test_lists_are_balanced_and_readable(data):
    assert (data / 'classes.txt').read_text().split() == list(CLASSES)
    for split, count in (('train', 24), ('val', 12), ('test', 12)):
        lines = (data / f'{split}.txt').read_text().splitlines()
        labels = []
        for line in lines:
            name, label = line.split(' ')
            assert name.startswith(CLASSES[int(label)] + '/')
            assert (data / 'videos' / name).is_file()
            labels.append(int(label))
        assert len(lines) == count
        assert set(np.bincount(labels)) == {count // 12}


def test_mmaction_reads_the_lists(data):
    from mmaction.datasets import RawframeDataset, VideoDataset

    videos = VideoDataset(
        str(data / 'train.txt'), [], data_prefix=dict(video=str(data / 'videos'))
    )
    assert len(videos) == 24
    assert Path(videos.get_data_info(3)['filename']).is_file()
    frames = RawframeDataset(
        str(data / 'val_rawframes.txt'),
        [],
        data_prefix=dict(img=str(data / 'rawframes')),
    )
    info = frames.get_data_info(5)
    assert info['total_frames'] == 8 and info['label'] == 5
    folder = Path(info['frame_dir'])
    assert sorted(path.name for path in folder.iterdir()) == [
        f'img_{number:05d}.jpg' for number in range(1, 9)
    ]


def test_videos_decode_to_what_was_drawn(data):
    for index, name in enumerate(CLASSES):
        decoded = _decode(data / f'videos/{name}/val_{index:05d}.mp4')
        drawn, _ = make_clip(name, 8, (32, 32), np.random.default_rng([0, 1, index]))
        assert decoded.shape == drawn.shape
        difference = decoded.astype(float).mean(-1) - drawn.mean(-1)
        assert np.abs(difference).mean() < 8
    image = cv2.imread(str(data / 'rawframes/pull/val_00011/img_00008.jpg'))
    assert np.abs(image.mean(-1) - drawn[7].mean(-1)).mean() < 8


def test_encoding_does_not_give_the_direction_away(tmp_path):
    """A codec with key frames would: the first frame looks different."""
    frames, _ = make_clip('crouch', 17, (64, 64), np.random.default_rng(0))
    tool.write_video(tmp_path / 'a.mp4', frames)
    tool.write_video(tmp_path / 'b.mp4', frames[::-1])
    np.testing.assert_array_equal(
        _decode(tmp_path / 'a.mp4'), _decode(tmp_path / 'b.mp4')[::-1]
    )


def test_no_clip_is_in_two_splits(data):
    videos = list((data / 'videos').glob('*/*.mp4'))
    assert len(videos) == 48
    assert len({path.read_bytes() for path in videos}) == 48


def test_same_files_for_any_number_of_workers(data, tmp_path):
    assert _make(tmp_path / 'two', '--raw-frames', workers=2) == 0
    assert _contents(tmp_path / 'two') == _contents(data)


def test_other_seed_other_videos(data, tmp_path):
    assert _make(tmp_path, '--seed', '1') == 0
    name = 'videos/lean/val_00008.mp4'
    assert (tmp_path / name).read_bytes() != (data / name).read_bytes()


def test_more_clips_keep_the_first_ones(data, tmp_path):
    assert _make(tmp_path, '--val', '24') == 0
    name = 'videos/lean/val_00008.mp4'
    assert (tmp_path / name).read_bytes() == (data / name).read_bytes()


def test_complete_data_set_is_left_alone(data, capsys):
    before = _contents(data)
    times = {p: p.stat().st_mtime_ns for p in data.rglob('*')}
    assert _make(data, '--raw-frames') == 0
    out = capsys.readouterr().out
    assert 'already complete' in out and 'order-blind ceiling: 50.0 %' in out
    assert times == {p: p.stat().st_mtime_ns for p in data.rglob('*')}
    assert before == _contents(data)


def test_interrupted_run_goes_on(tmp_path, monkeypatch):
    """Stopped in the middle: no lists, no settings; repeated: all there."""
    done, make_one = [], tool.make_one

    def stop_at_30(clip, **kwargs):
        if len(done) == 30:
            raise KeyboardInterrupt
        done.append(clip)
        make_one(clip, **kwargs)

    monkeypatch.setattr(tool, 'make_one', stop_at_30)
    assert _make(tmp_path / 'a') == 130
    assert not list((tmp_path / 'a').glob('*.txt'))
    assert not (tmp_path / 'a/settings.json').exists()
    monkeypatch.undo()
    videos = sorted((tmp_path / 'a/videos').glob('*/*.mp4'))
    assert len(videos) == 30
    times = [path.stat().st_mtime_ns for path in videos[2:]]
    videos[0].write_bytes(videos[0].read_bytes()[:500])  # truncated
    (videos[1].parent / '.x.mp4.tmp.mp4').write_bytes(b'rest')
    assert _make(tmp_path / 'a', workers=2) == 0
    assert times == [path.stat().st_mtime_ns for path in videos[2:]]
    assert _make(tmp_path / 'b') == 0
    assert _contents(tmp_path / 'a') == _contents(tmp_path / 'b')


def test_missing_files_are_made_again(tmp_path):
    assert _make(tmp_path) == 0
    before = _contents(tmp_path)
    (tmp_path / 'videos/push/test_00010.mp4').unlink()
    (tmp_path / 'val.txt').unlink()
    assert _make(tmp_path) == 0
    assert _contents(tmp_path) == before


def test_other_settings_are_refused_unless_overwritten(tmp_path, capsys):
    assert _make(tmp_path, '--raw-frames') == 0
    before = _contents(tmp_path)
    assert _make(tmp_path, '--seed', '4') == 2
    error = capsys.readouterr().err
    assert 'seed: 0 there, 4 asked' in error and '--overwrite' in error
    assert before == _contents(tmp_path)
    assert _make(tmp_path, '--seed', '4', '--overwrite') == 0
    assert json.loads((tmp_path / 'settings.json').read_text())['seed'] == 4
    assert not (tmp_path / 'rawframes').exists()


def test_other_settings_of_an_unfinished_run_are_refused(tmp_path, capsys):
    settings = tool.parse_args([str(tmp_path), *SMALL]).settings
    assert tool.prepare(tmp_path, settings, False)
    assert _make(tmp_path, '--seed', '4') == 2
    assert 'seed: 0 there, 4 asked' in capsys.readouterr().err


def test_interrupted_overwriting_mixes_nothing(tmp_path):
    assert _make(tmp_path) == 0
    tool.write_text(tmp_path / tool.UNFINISHED, '{"generator": "StickAction"}')
    assert _make(tmp_path, '--seed', '4') == 0
    assert _make(tmp_path / 'fresh', '--seed', '4') == 0


def test_foreign_folder_is_never_touched(tmp_path, capsys):
    (tmp_path / 'videos').mkdir()
    (tmp_path / 'videos' / 'mine.txt').write_text('keep')
    assert _make(tmp_path, '--overwrite') == 2
    assert 'holds no StickAction' in capsys.readouterr().err
    assert (tmp_path / 'videos' / 'mine.txt').read_text() == 'keep'


def test_speed_pair_and_its_ceiling(tmp_path, capsys):
    assert (
        tool.main(
            [
                str(tmp_path),
                '--train',
                '14',
                '--val',
                '14',
                '--test',
                '14',
                '--speed-pair',
                '--frame-size',
                '32',
                '--workers',
                '1',
            ]
        )
        == 0
    )
    assert 'order-blind ceiling: 57.1 %' in capsys.readouterr().out
    settings = json.loads((tmp_path / 'settings.json').read_text())
    assert settings['order_blind_ceiling'] == (12 * 0.5 + 2) / 14
    assert settings['classes'][12:] == ['wave-slow', 'wave-fast']


def test_sizes():
    counts = {
        size: tool.parse_args(['x', '--size', size]).settings['train']
        for size in tool.SIZES
    }
    assert counts == dict(tiny=48, demo=2400, bench=7200)


@pytest.mark.parametrize(
    'options, message',
    [
        (('--train', '30'), 'the nearest are 24 and 36'),
        (('--val', '0'), '--val 0 must be a positive multiple of the 12 classes'),
        (
            ('--frame-size', '33'),
            '--frame-size 33 must be a number from 32 to 512 in steps of 2',
        ),
        (('--num-frames', '4'), '--num-frames 4 must be a number from 8'),
        (('--seed', '-1'), '--seed -1 must be a number from 0'),
        (('--workers', '0'), '--workers 0 must be a number from 1'),
        (('--size', 'huge'), 'invalid choice'),
    ],
)
def test_bad_arguments(tmp_path, capsys, options, message):
    with pytest.raises(SystemExit) as stop:
        tool.main([str(tmp_path / 'out'), *options])
    assert stop.value.code == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / 'out').exists()


def test_failed_writing_is_an_error(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(
        tool, 'write_video', lambda *_: (_ for _ in ()).throw(OSError('disk full'))
    )
    assert _make(tmp_path / 'out') == 1
    assert 'disk full' in capsys.readouterr().err
