"""The offline evaluation: on recorded cases, relinked, averaged, exported."""

import importlib
import json
import os
import pickle
import re
from pathlib import Path

import numpy as np
import pytest

from mmvkp.tubes.detections import DetectionWriter, pack

TOOLS = Path(__file__).parents[2] / 'tools' / 'analysis_tools'
tool = importlib.import_module('mmvkp.tubes.evaluate')
drawing = importlib.import_module('mmvkp.tubes.draw_command')
cases = importlib.import_module('tests.tubes.tube_cases')


def write_case(folder, name):
    """Annotations and dump of a recorded case."""
    inputs, expected, found, _ = cases.load_case(name)
    ann, dump = folder / f'{name}.json', folder / f'{name}.npz'
    ann.write_text(json.dumps(cases.annotations_of(inputs)))
    with DetectionWriter(dump, inputs['labels'], inputs['K']) as writer:
        for video, (frames, boxes, labels, scores) in found.items():
            writer.add(video, pack(frames, boxes, scores, labels, None, 30))
    return str(ann), str(dump), inputs, expected


def table(text):
    """Rows of the last table that was printed."""
    lines = text[text.rindex('class  ') :].strip().splitlines()
    return {line.split()[0]: line.split()[1:] for line in lines}


@pytest.mark.parametrize('name', cases.NAMES)
def test_as_moc_has_it(name, tmp_path, capsys):
    ann, dump, inputs, expected = write_case(tmp_path, name)
    assert (
        tool.main(
            [
                ann,
                dump,
                '--frame-iou-thrs',
                '0.5',
                '--video-iou-thrs',
                '0.5',
                '0.5:0.95',
            ]
        )
        == 0
    )
    rows, expected = table(capsys.readouterr().out), expected['moc']
    assert rows['class'] == ['frame_mAP@0.5', 'video_mAP@0.5', 'video_mAP@0.5:0.95']
    for label, title in enumerate(inputs['labels']):
        wanted = [
            expected[key]['per_class'][label] for key in ('frameAP@0.5', 'videoAP@0.50')
        ]
        np.testing.assert_allclose(np.array(rows[title][:2], float), wanted, atol=6e-3)
    np.testing.assert_allclose(
        np.array(rows['mean'], float),
        [
            expected['frameAP@0.5']['mean'],
            expected['videoAP@0.50']['mean'],
            expected['videoAP@0.50:0.95'],
        ],
        atol=6e-3,
    )


def test_relinked(tmp_path, capsys):
    ann, dump, _, expected = write_case(tmp_path, 'untrimmed_multi_k1')
    asked = [ann, dump, '--video-iou-thrs', '0.5']
    assert tool.main([*asked, '--protocol', 'voc', '--linker', 'viterbi']) == 0
    rows = table(capsys.readouterr().out)
    assert float(rows['mean'][1]) == pytest.approx(
        expected['yowo_viterbi']['videoAP@0.50']['mean'], abs=6e-3
    )
    # Missed frames are what ends MOC's tubes of single boxes here.
    assert tool.main([*asked, '--linker', 'greedy', 'max_gap=5']) == 0
    rows = table(capsys.readouterr().out)
    assert float(rows['mean'][1]) > 10 + expected['moc']['videoAP@0.50']['mean']
    assert (
        tool.main(
            [
                *asked,
                '--linker',
                'viterbi',
                'psi=True',
                'trim_threshold=0.3',
                'min_length=5',
            ]
        )
        == 0
    )


def test_average_of_splits(tmp_path, capsys):
    """Two splits of one file: perfect, and half of the truth found."""
    tube, other = cases.still_tube(1, 20), cases.still_tube(1, 20, (99, 0, 150, 60))
    ann = tmp_path / 'gt.json'
    truths = {'0': [tube.tolist()], '1': [other.tolist()]}
    ann.write_text(
        json.dumps(
            dict(
                labels=['run', 'sit', 'go'],
                gttubes=dict(a=truths, b=truths),
                nframes=dict(a=20, b=20),
                train_videos=[['b'], ['a']],
                test_videos=[['a'], ['b']],
                resolution=dict(a=[240, 320], b=[240, 320]),
            )
        )
    )
    dumps = []
    for video, found in (
        ('a', [(tube, 0, 0.9), (other, 1, 0.8)]),
        ('b', [(tube, 0, 0.9)]),
    ):
        frames, boxes, labels, scores = cases.boxes_of(*found)
        dumps.append(str(tmp_path / f'{video}.npz'))
        with DetectionWriter(dumps[-1], ['run', 'sit', 'go'], 1) as writer:
            writer.add(video, pack(frames, boxes, scores, labels, None, 30))
    pairs = [str(ann), dumps[0], str(ann), dumps[1]]
    assert tool.main([*pairs, '--split', '1', '2']) == 0
    out = capsys.readouterr().out
    assert 'average of 2' in out
    rows = table(out)
    assert set(rows['run']) == {'100.00'} and set(rows['sit']) == {'50.00'}
    assert set(rows['go']) == {'-'} and set(rows['mean']) == {'75.00'}
    # Swapped dumps.
    assert tool.main([*pairs, '--split', '2', '1']) == 2
    error = capsys.readouterr().err
    assert error.startswith('eval_tubes.py: error: ')
    assert 'holds other videos than split 2 of' in error
    assert '2 are in one of them only' in error


def test_layout_of_moc(tmp_path, capsys):
    ann, dump, inputs, _ = write_case(tmp_path, 'trimmed_k7')
    out = tmp_path / 'moc'
    assert tool.main([ann, dump, '--moc-out', str(out)]) == 0
    for video in inputs['test_videos'][0]:
        names = sorted(os.listdir(out / video))
        last = inputs['nframes'][video] - 6
        assert names == [f'{frame:05d}.pkl' for frame in range(1, last + 1)]
        for frame, name in enumerate(names, 1):
            with open(out / video / name, 'rb') as file:
                content = pickle.load(file)
            assert list(content) == [1, 2, 3]
            for label, rows in content.items():
                wanted = (
                    inputs['tubelets'][video]
                    .get(str(frame), {})
                    .get(str(label - 1), [])
                )
                wanted = np.array(wanted, np.float32).reshape(-1, 29)
                assert rows.dtype == np.float32
                np.testing.assert_array_equal(
                    rows, wanted[np.argsort(-wanted[:, -1], kind='stable')]
                )
    # Nothing is written over.
    assert tool.main([ann, dump, '--moc-out', str(out)]) == 2
    assert 'is not empty; give a new folder' in capsys.readouterr().err
    assert not [name for name in os.listdir(tmp_path) if name[0] == '.']


def test_tubes(tmp_path):
    ann, dump, inputs, expected = write_case(tmp_path, 'trimmed_k1')
    out = tmp_path / 'tubes.json'
    assert tool.main([ann, dump, '--out', str(out)]) == 0
    content = json.loads(out.read_text())
    assert content['labels'] == inputs['labels']
    assert list(content['videos']) == inputs['test_videos'][0]
    seen = 0
    for video, tubes in content['videos'].items():
        scores = [tube['score'] for tube in tubes]
        assert scores == sorted(scores, reverse=True)
        for label, title in enumerate(inputs['labels']):
            own = [tube for tube in tubes if tube['label'] == label]
            wanted = expected['moc']['tubes'][video][title]
            kept = expected['moc']['nms3dt_keep'][video][title]
            assert len(own) == len(kept)
            for tube, place in zip(own, kept):
                assert tube['score'] == pytest.approx(wanted[place]['score'], abs=1e-3)
                rows = np.array(wanted[place]['tube'])
                assert tube['frames'] == rows[:, 0].tolist()
                np.testing.assert_allclose(tube['boxes'], rows[:, 1:5], atol=1e-3)
                np.testing.assert_allclose(tube['scores'], rows[:, 5], atol=1e-3)
                seen += 1
        # The tool that draws them understands it.
        drawn, labels = drawing.read_tubes(str(out), video)
        assert labels == inputs['labels']
        assert [tube.label for tube in drawn] == [t['label'] for t in tubes]
    assert seen > 5


@pytest.mark.parametrize(
    'change, message',
    [
        (['--split', '2'], 'split=2, but .* has 1 split'),
        (['--linker', 'viterbi', 'max_gap=2'], 'viterbi has no parameters'),
        (['--linker', 'greedy', 'max_gap'], "'max_gap' is not NAME=VALUE"),
        (['--linker', 'greedy', 'max_gap=two'], "'max_gap=two' is not NAME=VA"),
        (['--linker', 'best'], "linker='best' is not known"),
        (['--protocol', 'coco'], "protocol='coco' is not known"),
        (['--video-iou-thrs', 'half'], "'half' is no threshold"),
        (['--split', '1', '2'], '--split has 2 values for 1 dumps'),
        (['more.json'], 'give annotations and dump in turns'),
    ],
)
def test_mistakes(change, message, tmp_path, capsys):
    ann, dump, _, _ = write_case(tmp_path, 'trimmed_k1')
    pair = [ann, dump]
    if change == ['more.json']:
        pair, change = pair + change, []
    try:
        status = tool.main([*pair, *change])
    except SystemExit as stop:
        status = stop.code
    error = capsys.readouterr().err
    assert status == 2 and re.search(message, error), error
    assert 'Traceback' not in error


def test_files_that_do_not_fit(tmp_path, capsys):
    ann, dump, inputs, _ = write_case(tmp_path, 'trimmed_k1')
    assert tool.main([ann, str(tmp_path / 'no.npz')]) == 2
    assert 'no.npz' in capsys.readouterr().err
    assert tool.main([ann, ann]) == 2
    assert 'no file of detections' in capsys.readouterr().err
    other = dict(cases.annotations_of(inputs), labels=['x', 'y', 'z'])
    Path(ann).write_text(json.dumps(other))
    assert tool.main([ann, dump]) == 2
    assert 'have different classes' in capsys.readouterr().err
    video = inputs['test_videos'][0][0]
    other = dict(cases.annotations_of(inputs))
    other['nframes'] = dict(other['nframes'], **{video: 5})
    Path(ann).write_text(json.dumps(other))
    assert tool.main([ann, dump]) == 2
    assert f'video {video!r} has a detection with frame' in capsys.readouterr().err


def test_output_of_several_dumps(tmp_path, capsys):
    with pytest.raises(SystemExit):
        tool.main(['a', 'b', 'a', 'b', '--out', 'x.json'])
    assert '--out and --moc-out take one dump' in capsys.readouterr().err
