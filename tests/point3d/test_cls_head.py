"""Classifier of Point3D for clips and for actors."""

import math
import sys

import pytest
import torch
from mmaction.registry import MODELS

from mmvkp.recognition.complexity import count_parameters

from .point_scenes import actors, no_actors


def build(**kwargs):
    options = dict(type='Point3DClsHead', in_channels=6, num_classes=4, mid_channels=5)
    if kwargs.get('cls_mode') == 'actor':
        options['featmap_stride'] = 16
    return MODELS.build({**options, **kwargs})


def naive(head, pooled_in):
    """Logits of (R, C_in, cells), written out as matrix products."""
    w1, w2 = head.conv1.weight.flatten(1), head.conv2.weight.flatten(1)
    x = torch.einsum('oc,rcx->rox', w1, pooled_in) + head.conv1.bias[:, None]
    x = torch.einsum('oc,rcx->rox', w2, x.clamp(min=0))
    x = (x + head.conv2.bias[:, None]).clamp(min=0).mean(2)
    return x @ head.fc_cls.weight.T + head.fc_cls.bias


def test_published_count():
    # 2048 * 512 + 512, 512 * 512 + 512, 512 * 21 + 21
    head = MODELS.build(dict(type='Point3DClsHead', in_channels=2048, num_classes=21))
    assert count_parameters(head) == 1322517
    head.init_weights()
    assert abs(head.fc_cls.weight.std().item() - 0.01) < 1e-3
    assert abs(head.conv1.weight.std().item() - (2 / 512) ** 0.5) < 1e-3
    assert head.dropout.p == 0.5


@pytest.mark.parametrize('size', [(1, 4, 4), (2, 3, 5), (1, 1, 1)])
def test_clips_equal_the_formula_written_out(size):
    torch.manual_seed(0)
    head = build().eval()
    feat = torch.randn(3, 6, *size)
    logits = head(feat)
    assert logits.shape == (3, 4)
    torch.testing.assert_close(logits, naive(head, feat.flatten(2)))
    out = head.predict(feat)
    torch.testing.assert_close(out, logits.exp() / logits.exp().sum(1)[:, None])
    several = build(multi_label=True).eval()
    several.load_state_dict(head.state_dict())
    torch.testing.assert_close(several.predict(feat), 1 / (1 + torch.exp(-logits)))


def test_actors_equal_averages_over_their_cells():
    """A box of 7 x 7 cells has one cell per bin of RoIAlign, one of 21 x 7 has
    three; the samples lie in the middle of the cells."""
    torch.manual_seed(0)
    head = build(cls_mode='actor').eval()
    feat = torch.randn(2, 6, 3, 16, 24)
    # Clip 1, columns 2 to 8, rows 5 to 11; clip 0, columns 1 to 21, rows 3-9.
    rois = torch.tensor([[1, 32, 80, 144, 192], [0, 16, 48, 352, 160]])
    plane = feat.mean(2)
    first = plane[1, :, 5:12, 2:9]
    second = plane[0, :, 3:10, 1:22].reshape(6, 7, 7, 3).mean(3)
    cells = torch.stack((first, second)).flatten(2)
    logits = head(feat, rois.float(), (256, 384))
    assert logits.shape == (2, 4)
    torch.testing.assert_close(logits, naive(head, cells))
    # Half a pixel less on both sides is not the same.
    moved = head(feat, rois + torch.tensor([0, 0.5, 0.5, 0.5, 0.5]))
    assert (moved - logits).abs().min() > 1e-5
    assert head.predict(feat, rois.float()).sum(1).allclose(torch.ones(2))


def cross_entropy(logits, label):
    row = logits.double().tolist()
    return math.log(sum(map(math.exp, row))) - row[label]


def test_loss_of_clips_with_one_label():
    torch.manual_seed(0)
    head = build(dropout_ratio=0.0)
    feat = torch.randn(3, 6, 1, 2, 2)
    truth = [
        actors([2, 2], [[0, 1, 0], [1, 1, 1]]),
        no_actors(),
        # The second actor is not inside the clip and does not count.
        actors([1, 3], [[1, 0, 0], [0, 0, 0]]),
    ]
    losses = head.loss(feat, truth, [{}] * 3)
    logits = head(feat).detach()
    expected = (cross_entropy(logits[0], 2) + cross_entropy(logits[2], 1)) / 2
    assert losses['loss_cls'].item() == pytest.approx(expected, abs=1e-6)
    right = (logits[0].argmax() == 2).int() + (logits[2].argmax() == 1).int()
    assert losses['cls_acc'].item() == right / 2
    assert sorted(losses) == ['cls_acc', 'loss_cls']


def test_loss_of_a_clip_with_several_classes_is_shared():
    torch.manual_seed(0)
    head = build(
        dropout_ratio=0.0, loss_cls=dict(type='CrossEntropyLoss', loss_weight=3.0)
    )
    feat = torch.randn(1, 6, 1, 2, 2)
    truth = actors([0, 3, 3], [[1, 1], [1, 0], [0, 1]])
    loss = head.loss(feat, [truth], [{}])['loss_cls']
    logits = head(feat)[0].detach()
    expected = cross_entropy(logits, 0) + 2 * cross_entropy(logits, 3)
    assert loss.item() == pytest.approx(expected, abs=1e-5)  # 3 * a third


def bce(logits, truth):
    return sum(
        math.log(1 + math.exp(-x if y else x)) for x, y in zip(logits.tolist(), truth)
    ) / len(truth)


def test_loss_of_several_labels():
    torch.manual_seed(0)
    head = build(dropout_ratio=0.0, multi_label=True)
    feat = torch.randn(2, 6, 1, 2, 2)
    truth = [
        actors([[0.0, 1, 0, 0], [0, 1, 0, 1]], [[1, 0], [0, 1]]),
        actors([2], [[0, 1]]),  # plain numbers fit as well
    ]
    losses = head.loss(feat, truth, [{}] * 2)
    logits = head(feat).detach()
    both = bce(logits[0], (0, 1, 0, 1)), bce(logits[1], (0, 0, 1, 0))
    assert losses['loss_cls'].item() == pytest.approx(sum(both) / 2, abs=1e-6)
    best = logits.argmax(1).tolist()
    assert losses['cls_acc'].item() == ((best[0] in (1, 3)) + (best[1] == 2)) / 2


def test_loss_of_actors():
    torch.manual_seed(0)
    head = build(cls_mode='actor', multi_label=True, dropout_ratio=0.0, jitter=0)
    feat = torch.randn(2, 6, 2, 16, 16)
    boxes = torch.tensor([[[32.0, 80, 144, 192]], [[9, 9, 40, 50]]])
    truth = [no_actors(1), actors([[0.0, 1, 0, 1], [1, 0, 0, 0]], [[1], [1]], boxes)]
    losses = head.loss(feat, truth, [{}] * 2, (256, 256))
    rois = torch.cat((torch.ones(2, 1), boxes[:, 0]), 1)
    logits = head(feat, rois).detach()
    expected = (bce(logits[0], (0, 1, 0, 1)) + bce(logits[1], (1, 0, 0, 0))) / 2
    assert losses['loss_cls'].item() == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize('cls_mode', ['clip', 'actor'])
@pytest.mark.parametrize('multi_label', [False, True])
def test_gradients(cls_mode, multi_label):
    torch.manual_seed(0)
    head = build(cls_mode=cls_mode, multi_label=multi_label)
    head.init_weights()
    feat = torch.randn(2, 6, 2, 4, 4, requires_grad=True)
    boxes = torch.tensor([[[3.0, 5, 40, 50]] * 2])
    truth = [actors([1], [[1, 1]], boxes), actors([3], [[1, 1]], boxes)]
    head.loss(feat, truth, [{}] * 2, (64, 64))['loss_cls'].backward()
    assert feat.grad.isfinite().all() and feat.grad.abs().sum() > 0
    for name, param in head.named_parameters():
        assert param.grad.isfinite().all() and param.grad.abs().sum() > 0, name


@pytest.mark.parametrize('cls_mode', ['clip', 'actor'])
@pytest.mark.parametrize('multi_label', [False, True])
def test_batch_without_actors_gives_zero_gradients(cls_mode, multi_label):
    head = build(cls_mode=cls_mode, multi_label=multi_label)
    feat = torch.randn(2, 6, 2, 4, 4, requires_grad=True)
    classes = 4 if multi_label else None
    losses = head.loss(feat, [no_actors(2, classes)] * 2, [{}] * 2)
    assert list(losses) == ['loss_cls'] and losses['loss_cls'].item() == 0
    losses['loss_cls'].backward()
    # Zero, not None: every process of a distributed training needs them.
    for each in (feat, *head.parameters()):
        assert (each.grad == 0).all()


def test_no_boxes_to_classify():
    head = build(cls_mode='actor').eval()
    out = head.predict(torch.randn(2, 6, 1, 4, 4), torch.zeros(0, 5))
    assert out.shape == (0, 4)


@pytest.mark.parametrize('cls_mode', ['clip', 'actor'])
def test_half_precision(cls_mode):
    torch.manual_seed(0)
    head = build(cls_mode=cls_mode).eval()
    feat = torch.randn(1, 6, 1, 16, 16)
    rois = torch.tensor([[0.0, 37, 21, 180, 243]])
    rois = rois if cls_mode == 'actor' else None
    expected = head.predict(feat, rois)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        out = head.predict(feat.bfloat16(), rois)
    assert out.dtype == torch.float32
    assert torch.allclose(out, expected, atol=0.02)
    out = head.bfloat16().predict(feat.bfloat16(), rois)
    assert torch.allclose(out, expected, atol=0.02)


def test_actors_without_the_operators(monkeypatch):
    monkeypatch.setitem(sys.modules, 'mmcv.ops', None)
    head = build(cls_mode='actor')
    with pytest.raises(ImportError, match='mmcv-lite does not have. Install'):
        head(torch.randn(1, 6, 1, 4, 4), torch.tensor([[0.0, 0, 0, 9, 9]]))


@pytest.mark.parametrize(
    'kwargs, error, message',
    [
        (
            dict(cls_mode='frame'),
            ValueError,
            "cls_mode='frame' is not known; "
            r"choose one of \['clip', 'actor'\]",
        ),
        (
            dict(cls_mode='actor', featmap_stride=None),
            ValueError,
            "cls_mode='actor' needs featmap_stride",
        ),
        (dict(featmap_stride=0), ValueError, 'featmap_stride=0'),
        (dict(num_classes=0), ValueError, 'num_classes=0 is outside'),
        (dict(in_channels=2.5), TypeError, 'in_channels=2.5 is a float'),
        (dict(dropout_ratio=1), ValueError, r'dropout_ratio=1 is outside \[0, 1'),
        (dict(jitter=-0.1), ValueError, r'jitter=-0.1 is outside \[0, 1\)'),
        (dict(jitter='0.1'), TypeError, "jitter='0.1' is a str"),
        (dict(dropout_ratio=False), TypeError, 'dropout_ratio=False is a bool'),
        (dict(multi_label='False'), TypeError, "multi_label='False' is a str"),
        (dict(loss_cls='BCE'), TypeError, "loss_cls='BCE' is not a config"),
        (dict(loss_cls={}), TypeError, 'loss_cls={} is not a config'),
        *[
            (
                option,
                ValueError,
                f"{next(iter(option))}=.* has no effect with cls_mode='clip'",
            )
            for option in (dict(featmap_stride=16), dict(roi_size=3), dict(jitter=0.9))
        ],
        (
            dict(multi_label=True, loss_cls=dict(type='CrossEntropyLoss')),
            ValueError,
            'does not go with multi_label=True; use BCELossWithLogits',
        ),
        (
            dict(loss_cls=dict(type='BCELossWithLogits')),
            ValueError,
            'does not go with multi_label=False',
        ),
    ],
)
def test_bad_arguments(kwargs, error, message):
    with pytest.raises(error, match=message):
        build(**kwargs)


def test_bad_inputs():
    feat = torch.randn(1, 6, 1, 4, 4)
    clips, boxes = build(), build(cls_mode='actor')
    roi = torch.tensor([[0.0, 0, 0, 9, 9]])
    with pytest.raises(ValueError, match='feat has 5 channels, in_channels s'):
        clips(feat[:, :5])
    with pytest.raises(ValueError, match='rois is given; clips are classifie'):
        clips(feat, roi)
    with pytest.raises(ValueError, match='rois is None; give the boxes'):
        boxes(feat)
    with pytest.raises(ValueError, match=r'rois has shape \(1, 4\); boxes'):
        boxes(feat, roi[:, 1:])
    with pytest.raises(
        ValueError,
        match='featmap_stride=16 makes 8 x 3 cells of '
        '128 x 48 pixels, but the map has 4 x 4',
    ):
        boxes(feat, roi, (128, 48))
    boxes(feat, roi, (64, 50))  # the last cell may be cut


@pytest.mark.parametrize(
    'labels, multi_label, message',
    [
        ([4], False, r'labels \[4\] are not all in \[0, 3\]; num_classes=4 counts'),
        ([-1], True, r'labels \[-1\] are not all in \[0, 3\]'),
        ([[0.0, 1, 0, 1]], False, 'Set multi_label=True and num_classes=4'),
        ([[0.0, 1, 0, 1, 1]], True, r'labels have shape \(1, 5\), .*num_classes=5'),
    ],
)
def test_bad_labels(labels, multi_label, message):
    head = build(multi_label=multi_label)
    with pytest.raises(ValueError, match=message):
        head.loss(torch.randn(1, 6, 1, 2, 2), [actors(labels, [[1]])], [{}])


def test_maps_and_boxes_that_are_not_finite():
    """They reach the result of their clip or box only."""
    torch.manual_seed(0)
    feat = torch.randn(2, 6, 1, 8, 8)
    clips, boxes = build().eval(), build(cls_mode='actor').eval()
    broken = feat.clone()
    broken[1, 0, 0, 3, 3] = torch.inf
    assert not clips.predict(broken)[1].isfinite().any()
    torch.testing.assert_close(clips.predict(broken)[0], clips.predict(feat)[0])
    rois = torch.tensor([[0.0, 9, 9, 70, 80], [0, 9, 9, 70, torch.nan]])
    rois = torch.cat((rois, torch.tensor([[0.0, -torch.inf, 9, torch.inf, 80]])))
    found = boxes.predict(feat, rois)
    torch.testing.assert_close(found[:1], boxes.predict(feat, rois[:1]))
    assert found[1:].isnan().all()
    assert boxes.predict(broken, torch.tensor([[1.0, 0, 0, 128, 128]])).isnan().all()


def test_huge_boxes_take_no_longer():
    """RoIAlign samples each cell; a diverged network predicts any size."""
    head = build(cls_mode='actor').eval()
    rois = torch.tensor([[0.0, -1e30, -1e30, 1e30, 1e30]])
    assert head.predict(torch.ones(1, 6, 1, 8, 8), rois).isfinite().all()


def test_the_limit_of_a_box_changes_no_usual_box():
    """Corners up to one image outside are kept."""
    from mmcv.ops import roi_align

    head = build(cls_mode='actor').eval()
    feat = torch.randn(1, 6, 1, 8, 8)
    rois = torch.tensor([[0.0, -128, -50, 256, 200], [0, 5, 6, 70, 90]])
    plain = roi_align(feat.mean(2), rois, 7, 1 / 16, 0, 'avg', True)
    assert torch.equal(head.crop(feat, rois)[:, :, 0], plain)


def test_class_for_the_background():
    """One column more in training; tests return the probabilities of the others."""
    torch.manual_seed(0)
    head = build(clip_label='background', dropout_ratio=0.0)
    feat = torch.randn(2, 6, 1, 2, 2)
    losses = head.loss(feat, [actors([2], [[1, 1, 1]]), no_actors()], [{}] * 2)
    logits = head(feat).detach()
    assert logits.shape == (2, 5)
    expected = (cross_entropy(logits[0], 2) + cross_entropy(logits[1], 4)) / 2
    assert losses['loss_cls'].item() == pytest.approx(expected, abs=1e-6)
    torch.testing.assert_close(head.predict(feat), logits.softmax(1)[:, :4])


def test_labels_of_clips_without_effect():
    with pytest.raises(ValueError, match="clip_label='last' is not known"):
        build(clip_label='last')
    with pytest.raises(ValueError, match="clip_label='middle' has no effect with cls_"):
        build(cls_mode='actor', clip_label='middle')
    with pytest.raises(ValueError, match="'background' adds a class .* multi_label=T"):
        build(clip_label='background', multi_label=True)
