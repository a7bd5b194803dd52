"""Reading of dumps: what MMEngine writes arrives, what could run does not."""

import importlib
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.structures import ActionDataSample
from mmengine.evaluator import DumpResults, Evaluator

tool = importlib.import_module('mmvkp.recognition.dumps')

SCORES = [[0.5, 0.25, 0.25], [0.125, 0.875, 0.0], [0.0625, 0.4375, 0.5]]
LABELS = [0, 2, 1]


def write_dump(path, scores, labels):
    """A dump as a test makes it: rows of one batch share their storage."""
    evaluator = Evaluator([DumpResults(out_file_path=str(path))])
    batch = torch.as_tensor(scores)
    samples = [
        ActionDataSample(metainfo=dict(img_shape=(8, 8)))
        .set_gt_label(label)
        .set_pred_score(row)
        .set_pred_label(row.argmax(0, keepdim=True))
        for row, label in zip(batch, labels)
    ]
    evaluator.process(samples)
    evaluator.evaluate(len(samples))
    return str(path)


def write_samples(path, samples, protocol=2):
    with open(path, 'wb') as file:
        pickle.dump(samples, file, protocol=protocol)
    return str(path)


def sample(score=(0.5, 0.5), label=1):
    return dict(pred_score=torch.tensor(score), gt_label=torch.tensor([label]))


@pytest.mark.parametrize(
    'dtype', [torch.float32, torch.float64, torch.float16, torch.bfloat16]
)
def test_dump_of_mmengine(tmp_path, dtype):
    batch = torch.tensor(SCORES, dtype=dtype)
    path = write_dump(tmp_path / 'a.pkl', batch, LABELS)
    scores, labels = tool.read_dump(path)
    assert scores.dtype == np.float64 and labels.dtype == np.int64
    assert scores.tolist() == SCORES  # sums of powers of 2: exact
    assert labels.tolist() == LABELS


@pytest.mark.parametrize('protocol', range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol(tmp_path, protocol):
    path = write_samples(tmp_path / 'a.pkl', [sample()], protocol)
    scores, labels = tool.read_dump(path)
    assert (scores.tolist(), labels.tolist()) == ([[0.5, 0.5]], [1])


def test_part_of_a_storage(tmp_path):
    column = torch.tensor([[0.25, 1.0], [0.75, 2.0]])[:, 0]
    path = write_samples(
        tmp_path / 'a.pkl', [dict(pred_score=column, gt_label=torch.tensor([0]))]
    )
    assert tool.read_dump(path)[0].tolist() == [[0.25, 0.75]]


class Call:
    """Is pickled as a call."""

    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


class BadTensor:
    """A tensor that reaches past the end of its storage."""

    def __reduce__(self):
        storage = torch.zeros(2).storage()
        return torch._utils._rebuild_tensor_v2, (storage, 1, (1000,), (1,), False, {})


def test_code_is_not_run(tmp_path):
    mark = tmp_path / 'mark'
    path = write_samples(tmp_path / 'a.pkl', [sample(), Call(Path.touch, mark)])
    with pytest.raises(ValueError, match='it was not read, because a pickle'):
        tool.read_dump(path)
    assert not mark.exists()
    with open(path, 'rb') as file:
        pickle.load(file)  # the attack is a real one
    assert mark.exists()


def test_code_inside_a_tensor_is_not_run(tmp_path):
    mark = tmp_path / 'mark'
    inner = tmp_path / 'inner.pt'
    torch.save(Call(Path.touch, mark), inner)
    bad = dict(
        sample(), pred_score=Call(torch.storage._load_from_bytes, inner.read_bytes())
    )
    with pytest.raises(ValueError, match='sample 0, pred_score: it is not'):
        tool.read_dump(write_samples(tmp_path / 'a.pkl', [bad]))
    storage = Call(torch.storage._load_from_bytes, inner.read_bytes())
    bad['pred_score'] = Call(
        torch._utils._rebuild_tensor_v2, storage, 0, (1,), (1,), False, {}
    )
    with pytest.raises(ValueError, match='its content cannot be read'):
        tool.read_dump(write_samples(tmp_path / 'b.pkl', [bad]))
    assert not mark.exists()


@pytest.mark.parametrize(
    'samples, message',
    [
        ([], 'a list of one dict for each video'),
        ({'pred_score': 1}, 'a list of one dict for each video'),
        ([3], 'a list of one dict for each video'),
        ([dict(gt_label=torch.tensor([0]))], 'sample 0 has no pred_score'),
        ([dict(pred_score=torch.zeros(2))], 'sample 0 has no gt_label'),
        ([dict(sample(), gt_label=1)], 'sample 0, gt_label: it is not a tensor'),
        (
            [sample(), sample([[0.5, 0.5]])],
            r'sample 1: pred_score is float32 of '
            r"shape \(1, 2\).*set average_clips of the head to 'prob'",
        ),
        ([sample([1, 0])], 'pred_score is int64'),
        ([sample([0.5, float('nan')])], 'pred_score contains NaN'),
        ([sample(label=2)], r'gt_label 2 is outside \[0, 2\)'),
        ([sample(label=-1)], 'test with a list that has labels'),
        ([dict(sample(), gt_label=torch.tensor([0, 1]))], 'only one class per video'),
        (
            [sample(), sample((0.2, 0.3, 0.5))],
            'sample 1 has 3 classes, earlier ones have 2',
        ),
        (
            [dict(sample(), pred_score=BadTensor())],
            'sample 0, pred_score: its content cannot be read',
        ),
    ],
)
def test_other_content(tmp_path, samples, message):
    path = write_samples(tmp_path / 'a.pkl', samples)
    with pytest.raises(ValueError, match=message):
        tool.read_dump(path)


def test_other_files(tmp_path):
    path = tmp_path / 'a.pkl'
    path.write_bytes(b'')
    with pytest.raises(ValueError, match='not a readable pickle'):
        tool.read_dump(path)
    path.write_text('acc/top1: 0.5\n')
    with pytest.raises(ValueError, match='mmvkp test CONFIG CHECKPOINT'):
        tool.read_dump(path)
    with pytest.raises(FileNotFoundError):
        tool.read_dump(tmp_path / 'gone.pkl')
