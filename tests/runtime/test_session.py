"""Files of an export; results are in test_recognizer.py."""

import numpy as np
import pytest

from mmvkp.runtime.session import Session, part_path

pytest.importorskip('onnxruntime')
hand_made = pytest.importorskip('tests.runtime.hand_made')


@pytest.mark.parametrize(
    'path', ['a/m.onnx', 'a/m', 'a/m.ONNX', 'a/m.frame.onnx', 'a/m.clip.onnx']
)
def test_names_of_the_parts(path):
    assert part_path(path, 'clip') == 'a/m.clip.onnx'


def test_a_fixed_batch_runs_in_parts(tmp_path):
    """Five samples in a graph of two: the last one is not in the result twice."""
    session = Session(hand_made.write(tmp_path / 'a.onnx', 2), num_threads=1)
    assert session.batch == 2 and session.names == ['logits']
    assert session.description['classes'] == ['red', 'green', 'blue']
    x = np.zeros((5, 2, 3, 16, 16), np.float32)
    x += np.arange(5)[:, None, None, None, None]
    found = session.run(x)['logits']
    np.testing.assert_allclose(found, np.repeat(10.0 * np.arange(5), 3).reshape(5, 3))
