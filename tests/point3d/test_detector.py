"""Point3D: its parts, options, losses and results."""

import numpy as np
import pytest
import torch
from mmaction.registry import METRICS, MODELS

from mmvkp.point3d.detector import Point3D

from ..tubes import tube_data
from .point3d_scenes import HOURGLASS, batch, build, sample_of, total_of
from .tiny_point3d import CLASSES, CLIP_LEN, KNOTS, SIDE, point3d_config

POINT = {
    'loss_center',
    'loss_wh',
    'loss_offset',
    'loss_knot_heatmap',
    'loss_knot_distance',
    'loss_knot_offset',
}
R3D = dict(
    type='ResNet3d',
    depth=18,
    pretrained=None,
    in_channels=8,
    base_channels=4,
    num_stages=2,
    out_indices=(1,),
    spatial_strides=(1, 2),
    temporal_strides=(1, 1),
    dilations=(1, 1),
    conv1_kernel=(3, 3, 3),
    conv1_stride_t=1,
    pool1_stride_t=1,
    inflate=(1, 1),
    conv_cfg=dict(type='Conv3d'),
    norm_cfg=dict(type='BN3d'),
)
X3D = dict(type='X3D', gamma_w=1, gamma_b=1, gamma_d=1, in_channels=8)


def head_for(channels, **options):
    return dict(
        dict(
            type='Point3DClsHead',
            in_channels=channels,
            mid_channels=8,
            num_classes=CLASSES,
        ),
        **options,
    )


def hourglass(stacks=2, **options):
    """Both stacks are supervised by default."""
    return dict(
        dict(
            backbone=HOURGLASS,
            neck=None,
            point_head=dict(
                type='Point3DHead',
                in_channels=8,
                mid_channels=8,
                num_knots=KNOTS,
                num_stacks=stacks,
            ),
        ),
        **options,
    )


VARIANTS = {
    'resnet': (dict(), POINT | {'loss_cls'}),
    'hourglass': (hourglass(), POINT | {'loss_cls'}),
    'one of two stacks': (hourglass(stacks=1), POINT | {'loss_cls'}),
    'resnet3d': (dict(clip_backbone=R3D, cls_head=head_for(8)), POINT | {'loss_cls'}),
    'x3d': (dict(clip_backbone=X3D, cls_head=head_for(192)), POINT | {'loss_cls'}),
    'no knots': (
        dict(
            point_head=dict(
                type='Point3DHead', in_channels=8, mid_channels=8, num_knots=0
            )
        ),
        {'loss_center', 'loss_wh', 'loss_offset', 'loss_cls'},
    ),
    'no twa': (dict(twa=None), POINT | {'loss_cls'}),
    'no 3d head': (dict(head=False), POINT),
    'nothing but centres': (
        dict(
            head=False,
            twa=None,
            point_head=dict(
                type='Point3DHead',
                in_channels=8,
                mid_channels=8,
                num_knots=0,
                num_classes=CLASSES,
            ),
        ),
        {'loss_center', 'loss_wh', 'loss_offset'},
    ),
    'points after twa': (dict(point_input='twa'), POINT | {'loss_cls'}),
    'actors': (dict(actor=True), POINT | {'loss_cls'}),
    'detached': (dict(detach_cls=True), POINT | {'loss_cls'}),
    'not in the paper': (
        dict(
            twa=dict(type='TimeWiseAttention', scale='cosine', gain_channels=8),
            point_input='twa',
            point_head=dict(
                type='Point3DHead',
                in_channels=8,
                mid_channels=8,
                num_knots=KNOTS,
                target_cfg=dict(box_reach=1),
                loss_cfg=dict(loss_box=dict(loss_weight=1.0)),
            ),
            cls_head=head_for(16, clip_label='background'),
        ),
        POINT | {'loss_cls', 'loss_box'},
    ),
}


@pytest.mark.parametrize('name', VARIANTS)
def test_losses_and_gradients(name):
    """Every parameter has a finite gradient."""
    options, keys = VARIANTS[name]
    model = build(**options).train()
    assert isinstance(model, Point3D)
    losses = model(*batch(), mode='loss')
    assert {each for each in losses if 'loss' in each} == keys
    assert ('cls_acc' in losses) == ('loss_cls' in keys)
    total_of(losses).backward()
    for each, param in model.named_parameters():
        assert param.grad is not None, each
        assert param.grad.isfinite().all(), each
        if each.endswith('.weight'):
            assert param.grad.any(), each


@pytest.mark.parametrize('name, channels', [('resnet', 1), ('no 3d head', 3)])
def test_without_the_3d_head_each_class_has_a_heatmap(name, channels):
    """Table 3; with the 3D head, centres have no class."""
    model = build(**VARIANTS[name][0]).eval()
    with torch.no_grad():
        maps, scores = model(batch()[0])
    cells = SIDE // 4
    assert {key: tuple(value.shape) for key, value in maps.items()} == {
        'center_heatmap': (2 * CLIP_LEN, channels, cells, cells),
        'wh': (2 * CLIP_LEN, 2, cells, cells),
        'offset': (2 * CLIP_LEN, 2, cells, cells),
        'knot_heatmap': (2 * CLIP_LEN, KNOTS, cells, cells),
        'knot_distance': (2 * CLIP_LEN, 2 * KNOTS, cells, cells),
        'knot_offset': (2 * CLIP_LEN, 2, cells, cells),
    }
    if channels == 1:
        assert scores.shape == (2, CLASSES)
    else:
        assert scores is None


def test_no_logits_of_actors_without_boxes():
    model = build(actor=True).eval()
    with torch.no_grad():
        assert model(batch()[0])[1] is None


def grads_of(model, *names, loss=None):
    """Sums of the absolute gradients of parts, of one loss or of all."""
    losses = model(*batch(), mode='loss')
    (total_of(losses) if loss is None else losses[loss]).backward()
    found = [
        sum(
            float(p.grad.abs().sum())
            for p in getattr(model, name).parameters()
            if p.grad is not None
        )
        for name in names
    ]
    model.zero_grad()
    return found


def test_the_3d_head_may_leave_the_2d_network_alone():
    plain, detached = build(), build(detach_cls=True)
    parts = ('backbone', 'neck', 'clip_backbone', 'cls_head')
    assert min(grads_of(plain, *parts, loss='loss_cls')) > 0
    found = grads_of(detached, *parts, loss='loss_cls')
    assert found[:2] == [0, 0] and min(found[2:]) > 0
    assert grads_of(detached, 'backbone', loss='loss_center')[0] > 0


def test_weights_of_both_sides():
    plain = build()(*batch(), mode='loss')
    found = build(loss_weights=dict(loc=0.5))(*batch(), mode='loss')
    other = build(loss_weights=dict(loc=2.0, cls=3.0))(*batch(), mode='loss')
    for name, value in plain.items():
        loc = name in POINT
        scale = 0.5 if loc else 1.0
        torch.testing.assert_close(found[name], value * scale)
        scale = 2.0 if loc else 3.0 if name == 'loss_cls' else 1.0
        torch.testing.assert_close(other[name], value * scale)


def test_input_of_the_point_head():
    """After the attention, frames depend on each other.

    Batch norm in evaluation mode does not mix them.
    """
    inputs = batch()[0][:1]
    changed = inputs.clone()
    changed[:, :, -1] += 1
    for point_input, expected in (('frame', False), ('twa', True)):
        model = build(point_input=point_input).eval()
        with torch.no_grad():
            heat, other = (
                model(each)[0]['center_heatmap'] for each in (inputs, changed)
            )
        assert (not torch.allclose(heat[0], other[0], atol=1e-7)) == expected
        assert not torch.allclose(heat[-1], other[-1], atol=1e-7)


def detections(model, samples, inputs=None):
    model.eval()
    with torch.no_grad():
        found = model(batch()[0] if inputs is None else inputs, samples, mode='predict')
    return [each.to_dict() for each in found]


def truth_file(tmp_path):
    """Two videos of four frames; three classes."""
    videos = {
        name: (CLIP_LEN, {label: [tube_data.tube(1, CLIP_LEN)]})
        for name, label in (('jump/a', 0), ('run/b', 1))
    }
    tube_data.write_pickle(
        tmp_path / 'GT.pkl',
        tube_data.annotations(
            videos, [list(videos)], [list(videos)], ('jump', 'run', 'sit')
        ),
    )
    return str(tmp_path / 'GT.pkl')


@pytest.mark.parametrize('emit', ['frame', 'tubelet'])
@pytest.mark.parametrize(
    'name',
    ['resnet', 'hourglass', 'no 3d head', 'actors', 'no knots', 'not in the paper'],
)
def test_the_metric_of_tubes_takes_the_results(name, emit, tmp_path):
    model = build(**VARIANTS[name][0], test_cfg=dict(max_per_frame=5, emit=emit))
    samples = detections(
        model,
        [
            sample_of([], knots=0, video_id=video, ori_shape=(48, 64))
            for video in ('jump/a', 'run/b')
        ],
    )
    found = samples[1]['pred_instances']
    count, frames = (5 * CLIP_LEN, ()) if emit == 'frame' else (5, (CLIP_LEN,))
    assert found['bboxes'].shape == (count, *frames, 4)
    starts = range(1, CLIP_LEN + 1) if emit == 'frame' else (1,)
    assert found['frame_inds'].tolist() == [start for start in starts for _ in range(5)]
    if name == 'no knots':
        assert 'keypoints' not in found
    else:
        assert found['keypoints'].shape == (count, *frames, KNOTS, 2)
        assert found['keypoint_scores'].shape == (count, *frames, KNOTS)
    metric = METRICS.build(
        dict(
            type='TubeMetric',
            ann_file=truth_file(tmp_path),
            linker=dict(type='greedy', min_length=2),
        )
    )
    metric.process(None, samples)
    values = metric.compute_metrics(metric.results)
    assert all(0 <= value <= 100 for value in values.values())


@pytest.mark.parametrize('name', ['resnet', 'no 3d head', 'actors'])
def test_the_metric_of_ava_takes_the_results(name, tmp_path):
    """Boxes of the key frame with a score above 0.002, by class."""
    labels = tmp_path / 'labels.pbtxt'
    labels.write_text(
        ''.join(f'item {{\n  name: "{i}"\n  id: {i}\n}}\n' for i in (1, 2, 3))
    )
    (tmp_path / 'ava.csv').write_text('v,0901,0.1,0.1,0.4,0.9,1,0\n')
    model = build(**VARIANTS[name][0], test_cfg=dict(box_format='ava', max_per_frame=7))
    samples = detections(
        model,
        [
            sample_of(
                [], knots=0, video_id='v', timestamp=timestamp, key_inds=np.array([2])
            )
            for timestamp in (901, 902)
        ],
    )
    found = samples[0]['pred_instances']
    assert found['scores'].shape == (7, CLASSES + 1)
    assert not found['scores'][:, 0].any() and found['scores'].any()
    assert found['bboxes'].min() >= 0 and found['bboxes'].max() <= 1
    metric = METRICS.build(
        dict(
            type='AVAMetric',
            ann_file=str(tmp_path / 'ava.csv'),
            exclude_file=None,
            label_file=str(labels),
            num_classes=CLASSES + 1,
        )
    )
    metric.process(None, samples)
    kept = metric.results[0]['outputs']
    assert [len(each) for each in kept] == (found['scores'][:, 1:] > 0.002).sum(
        0
    ).tolist()


def test_boxes_come_back_through_the_scale():
    """The same input with another scale and size of the video."""
    model = build(test_cfg=dict(max_per_frame=5))
    inputs = batch()[0][:1]
    plain, scaled = (
        detections(
            model,
            [
                sample_of(
                    [],
                    ori_shape=shape,
                    scale_factor=np.float32(scale),
                    key_inds=np.array([1]),
                )
            ],
            inputs,
        )[0]['pred_instances']
        for shape, scale in (((4000, 4000), (1, 1)), ((128, 32), (2, 0.5)))
    )
    limit = torch.tensor([31, 127, 31, 127])
    expected = (plain['bboxes'] / torch.tensor([2, 0.5, 2, 0.5])).minimum(limit)
    torch.testing.assert_close(scaled['bboxes'], expected)
    torch.testing.assert_close(
        scaled['keypoints'], plain['keypoints'] / torch.tensor([2, 0.5])
    )
    torch.testing.assert_close(scaled['scores'], plain['scores'])


def test_only_the_frames_that_a_clip_answers_for():
    """Each equals the result for all frames."""
    model = build(test_cfg=dict(max_per_frame=5))
    every = detections(model, [sample_of([]), sample_of([])])
    some = detections(
        model,
        [
            sample_of([], key_inds=np.array([2])),
            sample_of([], key_inds=np.array([0, 3])),
        ],
    )
    for whole, part, keys in zip(every, some, ((3,), (1, 4))):
        whole, part = whole['pred_instances'], part['pred_instances']
        rows = torch.isin(whole['frame_inds'], torch.tensor(keys))
        for key in ('frame_inds', 'scores', 'bboxes', 'keypoints'):
            torch.testing.assert_close(part[key], whole[key][rows])


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
@pytest.mark.parametrize('name', ['resnet', 'actors'])
def test_half_precision(name, dtype):
    """Also for the largest loss of an untrained network."""
    model = build(**VARIANTS[name][0])
    with torch.no_grad():
        model.point_head.stacks[0]['center_heatmap'][2].bias.fill_(20.0)
    with torch.autocast('cpu', dtype=dtype):
        losses = model(*batch(num_frames=2, side=32), mode='loss')
    assert losses['loss_center'] > 10
    for value in losses.values():
        assert value.dtype == torch.float32 and value.isfinite()
    total_of(losses).backward()
    assert all(p.grad.isfinite().all() for p in model.parameters())
    model.eval()
    with torch.no_grad(), torch.autocast('cpu', dtype=dtype):
        (sample, _) = model(*batch(num_frames=2, side=32), mode='predict')
    assert sample.pred_instances.bboxes.isfinite().all()


class Wrapped(torch.nn.Module):
    """Returns several maps, as some backbones do."""

    def __init__(self, module, count):
        super().__init__()
        self.module, self.count = module, count

    def forward(self, x):
        return (self.module(x),) * self.count


def test_a_map_in_a_tuple():
    model, plain = build().eval(), build().eval()
    model.clip_backbone = Wrapped(model.clip_backbone, 1)
    torch.testing.assert_close(
        model(*batch(), mode='loss'), plain(*batch(), mode='loss')
    )
    torch.testing.assert_close(model(batch()[0])[1], plain(batch()[0])[1])


def test_several_maps_of_the_clip():
    options = dict(clip_backbone=dict(R3D, out_indices=(0, 1)))
    model = build(**options, cls_head=head_for(8))
    with pytest.raises(ValueError, match='returns 2 maps, .* out_indices'):
        model(*batch(), mode='loss')


@pytest.mark.parametrize(
    'options, message',
    [
        (dict(point_input='clip'), r"point_input='clip' .* \['frame', 'twa'\]"),
        (dict(point_input='twa', twa=None), "point_input='twa' needs twa"),
        (dict(cls_head=None), 'clip_backbone and cls_head go together'),
        (dict(clip_backbone=None), 'clip_backbone and cls_head go together'),
        (dict(loss_weights=dict(det=1.0)), "keys than 'loc' and 'cls'"),
        (dict(loss_weights=dict(cls=-1)), 'loss_weights.cls=-1 is not'),
        (dict(head=False, detach_cls=True), 'detach_cls=True .* cls_head=None'),
        (dict(head=False, twa=None, loss_weights=dict(cls=2)), 'loss_weights.cls=2'),
        (
            dict(head=False, twa=dict(type='TimeWiseAttention')),
            'twa=.* has no effect with cls_head=None',
        ),
        (dict(test_cfg=dict(topk=3)), "key of test_cfg='topk' is not known"),
        (hourglass(point_input='twa'), 'num_stacks=2, .* set num_stacks=1'),
        (
            dict(point_head=dict(type='Point3DHead', in_channels=8, num_classes=3)),
            'num_classes=3, but the cls_head predicts the classes; set num_classes=1',
        ),
    ],
)
def test_wrong_options(options, message):
    with pytest.raises(ValueError, match=message):
        MODELS.build(point3d_config(**options).model)


def test_wrong_input():
    model, (inputs, samples) = build(), batch()
    with pytest.raises(ValueError, match="mode='losses' is not known"):
        model(inputs, samples, mode='losses')
    with pytest.raises(ValueError, match='Point3D: inputs has shape .*NCTHW'):
        model(inputs[:, None], samples, mode='loss')


def test_maps_of_another_stride():
    """Without a neck the last map of a ResNet has a stride of 32."""
    model = build(
        neck=None, point_head=dict(type='Point3DHead', in_channels=64, num_knots=KNOTS)
    )
    with pytest.raises(
        ValueError, match='64 x 64 pixels give maps of 2 x 2 cells, but'
    ):
        model(*batch(), mode='loss')


@pytest.mark.parametrize(
    'options, message',
    [
        (
            dict(point_head=dict(type='Point3DHead', in_channels=5)),
            'maps .* in_channels=5 are needed. Set in_channels=8',
        ),
        (
            dict(clip_backbone=dict(R3D, in_channels=5), cls_head=head_for(8)),
            'clip_backbone has in_channels=5, .* set in_channels=8',
        ),
        (
            dict(cls_head=head_for(5)),
            'feat has 16 channels, in_channels says 5; set in_channels=16',
        ),
    ],
)
def test_wrong_channels_state_the_right_number(options, message):
    with pytest.raises(ValueError, match=message):
        build(**options)(*batch(), mode='loss')


@pytest.mark.parametrize(
    'options, message',
    [
        (
            dict(cls_head=dict(type='I3DHead', num_classes=3, in_channels=16)),
            'cls_head is a I3DHead; it must be a Point3DClsHead',
        ),
        (
            dict(point_head=dict(type='TSNHead', num_classes=3, in_channels=8)),
            'point_head is a TSNHead; it must be a Point3DHead',
        ),
        (
            dict(backbone=R3D, neck=None),
            'backbone is a ResNet3d; it gets single frames: choose a 2D',
        ),
        (
            dict(clip_backbone=dict(type='ResNet', depth=18, pretrained=None)),
            'clip_backbone is a ResNet; it gets clips: choose a 3D',
        ),
    ],
)
def test_parts_of_other_models(options, message):
    with pytest.raises(TypeError, match=message):
        build(**options)


def test_frames_that_are_not_converted():
    inputs, samples = batch()
    with pytest.raises(TypeError, match='inputs are torch.uint8; give the Action'):
        build()(inputs.byte(), samples, mode='loss')
