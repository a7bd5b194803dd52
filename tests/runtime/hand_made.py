"""Exported files made by hand, without torch: logits are means of the frames."""

import json

import numpy as np
import onnx
from onnx import TensorProto, helper

DESCRIPTION = dict(
    format=1,
    version='0',
    kind='recognizer',
    precision='fp32',
    classes=['red', 'green', 'blue'],
    sampling=dict(type='SampleFrames', clip_len=1, frame_interval=1, num_clips=2),
    steps=[dict(type='CenterCrop', size=[16, 16])],
    frames=2,
    layout='NTCHW',
    mean=[0.0, 0.0, 0.0],
    std=[255.0, 255.0, 255.0],
    average='prob',
)


def write(path, batch='views', **changes):
    """Graph (N, 2, 3, 16, 16) -> (N, 3), ten times the mean of each channel."""
    description = {**DESCRIPTION, **changes}
    shape = [batch, 2, 3, 16, 16]
    axes = helper.make_tensor('axes', TensorProto.INT64, [3], np.array([1, 3, 4]))
    ten = helper.make_tensor('ten', TensorProto.FLOAT, [], [10.0])
    graph = helper.make_graph(
        [
            helper.make_node('ReduceMean', ['frames', 'axes'], ['mean'], keepdims=0),
            helper.make_node('Mul', ['mean', 'ten'], ['logits']),
        ],
        'means',
        [helper.make_tensor_value_info('frames', TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info('logits', TensorProto.FLOAT, [batch, 3])],
        [axes, ten],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid('', 18)], ir_version=9
    )
    if description['format'] is not None:
        entry = model.metadata_props.add()
        entry.key, entry.value = 'mmvkp', json.dumps(description)
    onnx.save(model, str(path))
    return str(path)
