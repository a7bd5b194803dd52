"""Exported files made by hand, without torch: results are means of the frames."""

import json

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

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


# Options of the decoding of an exported Point3D.
DECODING = dict(
    topk=10,
    kernel=3,
    knot_thr=0.1,
    kp_refine=None,
    hull_weight=0.5,
    hull_margin=0.1,
    kp_rescore=0.0,
)
DETECTOR = dict(
    DESCRIPTION,
    kind='detector',
    network='a',
    steps=[dict(type='Resize', scale=[24, 16], keep_ratio=False)],
    frames=1,
    std=[1.0, 1.0, 1.0],
    clip_len=2,
    frame_interval=1,
    stride=4,
    decoding=DECODING,
    max_per_frame=5,
    score_thr=0.1,
    has_clips=True,
    point_input='frame',
    bank=None,
    link=dict(min_length=1),
)


def _constant(name, values, kind=np.float32):
    return numpy_helper.from_array(np.array(values, kind), name)


def _save(path, description, inputs, outputs, nodes, constants):
    """Write a graph with its description; inputs and outputs are (name, shape), with
    a type if it is not float."""

    def info(name, shape, kind=TensorProto.FLOAT):
        return helper.make_tensor_value_info(name, kind, shape)

    infos = [[info(*each) for each in names] for names in (inputs, outputs)]
    graph = helper.make_graph(nodes, 'made', *infos, constants)
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid('', 18)], ir_version=9
    )
    entry = model.metadata_props.add()
    entry.key, entry.value = 'mmvkp', json.dumps(description)
    onnx.save(model, str(path))


def _heads(feature, kinds, bias):
    """Nodes and constants of the maps: a class has the logit level / 10 + bias of its
    colour, and all boxes have 2 x 3 cells around the middle of their cell."""
    weights = dict(
        center_heatmap=(np.eye(3)[:kinds] / 10, [bias] * kinds),
        wh=(np.zeros((2, 3)), [2, 3]),
        offset=(np.zeros((2, 3)), [0.5, 0.5]),
    )
    nodes, constants = [], []
    for name, (weight, shift) in weights.items():
        constants += [
            _constant(f'{name}.weight', weight[..., None, None]),
            _constant(f'{name}.bias', shift),
        ]
        given = [feature, f'{name}.weight', f'{name}.bias']
        nodes.append(helper.make_node('Conv', given, [name]))
    outputs = [(name, ['n', len(each[0]), 4, 6]) for name, each in weights.items()]
    return nodes, constants, outputs


def write_detector(folder, bias=-5.0, **changes):
    """Files `m.frame.onnx` and `m.clip.onnx` of a detector; returns `m.onnx`.

    The map of a frame of 24 x 16 pixels has the mean colour of 4 x 4 pixels. A box has
    one of the colours as class, with `has_clips` only red. Class scores of a clip are
    its mean colour divided by 10; with a bank they are the mean of its rows plus the
    number of its frames.
    """
    description = {**DETECTOR, **changes}
    heads, constants, outputs = _heads(
        'features', 1 if description['has_clips'] else 3, bias
    )
    pool = helper.make_node(
        'AveragePool', ['frames'], ['features'], kernel_shape=[4, 4], strides=[4, 4]
    )
    is_mixed = description['point_input'] == 'twa'
    frame_outputs = [('features', ['n', 3, 4, 6])]
    if not is_mixed:
        frame_outputs += outputs
    _save(
        folder / 'm.frame.onnx',
        description,
        [('frames', ['n', 3, 16, 24])],
        frame_outputs,
        [pool] if is_mixed else [pool, *heads],
        [] if is_mixed else constants,
    )
    if description['has_clips']:
        _write_clips(folder / 'm.clip.onnx', description, bias)
    return str(folder / 'm.onnx')


def _write_clips(path, description, bias):
    """The second graph of `write_detector`."""
    inputs = [('clips', ['n', description['clip_len'], 3, 4, 6])]
    outputs = [('probabilities', ['n', 3])]
    constants = [_constant('axes', [1, 3, 4], np.int64), _constant('tenth', 0.1)]
    nodes = [
        helper.make_node('ReduceMean', ['clips', 'axes'], ['mean'], keepdims=0),
        helper.make_node('Mul', ['mean', 'tenth'], ['probabilities']),
    ]
    if description['point_input'] == 'twa':
        # One sample: the map of the frame at its place.
        inputs.append(('place', ['n'], TensorProto.INT64))
        heads, more, maps = _heads('frame', 1, bias)
        constants += [_constant('zero', 0, np.int64), *more]
        nodes += [
            helper.make_node('Gather', ['clips', 'zero'], ['clip'], axis=0),
            helper.make_node('Gather', ['clip', 'place'], ['frame'], axis=0),
            *heads,
        ]
        outputs += maps
    if description['bank']:
        length, rows, channels = description['bank']
        inputs += [
            ('rows', ['n', length, rows, channels]),
            ('present', ['n', length], TensorProto.BOOL),
        ]
        constants = [
            _constant('axes', [1, 2], np.int64),
            _constant('one', [1], np.int64),
            _constant('nothing', 0.0),
            _constant('all', [1, 2, 3, 4], np.int64),
        ]
        nodes = [
            helper.make_node('ReduceMean', ['rows', 'axes'], ['mean'], keepdims=0),
            helper.make_node('Cast', ['present'], ['there'], to=TensorProto.FLOAT),
            helper.make_node('ReduceSum', ['there', 'one'], ['count']),
            helper.make_node('Add', ['mean', 'count'], ['sum']),
            # The clip has no effect but is an input.
            helper.make_node('ReduceMean', ['clips', 'all'], ['level'], keepdims=0),
            helper.make_node('Mul', ['level', 'nothing'], ['null']),
            helper.make_node('Unsqueeze', ['null', 'one'], ['column']),
            helper.make_node('Add', ['sum', 'column'], ['probabilities']),
        ]
    _save(path, description, inputs, outputs, nodes, constants)
