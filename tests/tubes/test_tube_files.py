"""Linked tubes are written and read again."""

import json

import numpy as np
import pytest

from mmvkp.tubes.tube_files import read_tubes

from .test_dump_evaluation import evaluate, write_case


def test_tubes(tmp_path):
    ann, dump, inputs, expected = write_case(tmp_path, 'trimmed_k1')
    out = tmp_path / 'tubes.json'
    assert evaluate(ann, dump, '--out', str(out)) == 0
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
        # It can be drawn.
        drawn, labels = read_tubes(str(out), video)
        assert labels == inputs['labels']
        assert [tube.label for tube in drawn] == [t['label'] for t in tubes]
    assert seen > 5


def test_names_of_predictions_have_no_folder(tmp_path):
    """Annotations call the video by its folder, too; a full name is preferred."""
    tube = dict(id=1, label=0, score=1.0, frames=[1], boxes=[[0, 0, 1, 1]])
    path = tmp_path / 'a.json'
    path.write_text(json.dumps(dict(labels=['x'], videos={'b': [tube], 'c/d': []})))
    assert len(read_tubes(str(path), 'a/b')[0]) == 1
    path.write_text(json.dumps(dict(labels=['x'], videos={'b': [tube], 'a/b': []})))
    assert read_tubes(str(path), 'a/b')[0] == []
    with pytest.raises(ValueError, match="no video 'a/e'"):
        read_tubes(str(path), 'a/e')
