"""An AK-Net and its head give the same results in ONNX and torch."""

import mmvkp  # noqa: F401, isort: skip
import numpy as np
import pytest
import torch
from torch import nn

from .tiny_aknet import aknet_recognizer, with_statistics

pytest.importorskip('onnx')
onnxruntime = pytest.importorskip('onnxruntime')


class Exported(nn.Module):
    """Frames in; logits, points and their scores out."""

    def __init__(self, model):
        super().__init__()
        self.backbone, self.head = model.backbone, model.cls_head

    def forward(self, x):
        feats = self.backbone(x)
        return self.head(feats), feats.points, feats.scores


@pytest.mark.parametrize('dynamo', [False, True])
@pytest.mark.parametrize(
    'options',
    [dict(), dict(rank='none', transform='embedding', tail_shift=True, select_stage=1)],
)
def test_the_same_results(tmp_path, dynamo, options):
    if dynamo:
        pytest.importorskip('onnxscript')
    torch.manual_seed(0)
    model = aknet_recognizer(
        options, map_channels=8 << options.get('select_stage', 2), init_std=1.0
    )
    model = Exported(with_statistics(model)).eval()
    path = str(tmp_path / 'aknet.onnx')
    torch.onnx.export(
        model,
        (torch.rand(8, 3, 64, 64),),
        path,
        dynamo=dynamo,
        input_names=['frames'],
        **({} if dynamo else dict(opset_version=17)),
    )
    session = onnxruntime.InferenceSession(path, providers=['CPUExecutionProvider'])
    x = torch.rand(8, 3, 64, 64)
    # Four equal frames: equal scores in all of them.
    x[4:] = x[4]
    name = session.get_inputs()[0].name
    logits, points, scores = session.run(None, {name: x.numpy()})
    with torch.no_grad():
        expected = model(x)
    assert logits.std() > 0.1
    assert np.array_equal(points, expected[1])
    np.testing.assert_allclose(scores, expected[2], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(logits, expected[0], rtol=1e-3, atol=1e-4)


@torch.no_grad()
def test_other_numbers_of_clips_and_sizes(tmp_path):
    """Other sizes are refused: the order of the points is a constant."""
    torch.manual_seed(0)
    model = Exported(with_statistics(aknet_recognizer(init_std=1.0))).eval()
    path = str(tmp_path / 'aknet.onnx')
    torch.onnx.export(
        model,
        (torch.rand(4, 3, 64, 64),),
        path,
        dynamo=False,
        opset_version=17,
        input_names=['frames'],
        dynamic_axes=dict(frames={0: 'frame', 2: 'row', 3: 'column'}),
    )
    session = onnxruntime.InferenceSession(path, providers=['CPUExecutionProvider'])
    for clips in (1, 3):
        x = torch.rand(4 * clips, 3, 64, 64)
        logits, points, _ = session.run(None, dict(frames=x.numpy()))
        expected = model(x)
        assert np.array_equal(points, expected[1])
        np.testing.assert_allclose(logits, expected[0], rtol=1e-3, atol=1e-4)
    # The last two have the same number of cells.
    for size in ((96, 96), (128, 32), (16, 256)):
        with pytest.raises(Exception, match='[Rr]eshape|[Ee]xpand'):
            session.run(None, dict(frames=np.zeros((8, 3, *size), np.float32)))
