"""Graphs have the operations that ONNX Runtime is fast in."""

import mmvkp  # noqa: F401, isort: skip
import numpy as np
import pytest
import torch
from mmaction.models.backbones.resnet import ResNet
from torch import nn

from mmvkp.aknet.tail import PointSequenceTail
from mmvkp.deploy.tracing import trace_graph

pytest.importorskip('onnx')
pytest.importorskip('onnxscript')
onnxruntime = pytest.importorskip('onnxruntime')


@pytest.mark.parametrize('batch', [None, 1])
def test_tails_are_convolutions_of_maps(batch, tmp_path):
    torch.manual_seed(0)
    host = ResNet(18)
    host.init_weights()
    tail = PointSequenceTail([host.layer4], ['layer4'])
    graph = nn.Sequential(tail).eval()
    x = np.random.default_rng(0).normal(size=(1, 256, 30)).astype('float32')
    program = trace_graph(graph, dict(points=x), ['features'], batch)
    program.save(tmp_path / 'a.onnx')
    proto = program.model_proto
    sizes = {each.name: len(each.dims) for each in proto.graph.initializer}
    convs = [node for node in proto.graph.node if node.op_type == 'Conv']
    # Two blocks of two, and a shortcut.
    assert [sizes[node.input[1]] for node in convs] == [4] * 5
    session = onnxruntime.InferenceSession(
        tmp_path / 'a.onnx', providers=['CPUExecutionProvider']
    )
    (found,) = session.run(None, dict(points=x))
    with torch.no_grad():
        expected = graph(torch.from_numpy(x)).numpy()
    assert graph[0] is tail
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)
