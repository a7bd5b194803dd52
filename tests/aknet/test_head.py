"""AKHead: logits and losses by hand, and errors."""

import mmvkp  # noqa: F401, isort: skip
import pytest
import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from torch import nn

from .tiny_aknet import aknet_recognizer, some_features, some_videos


def build(**kwargs):
    """A head of 5 classes: 6 channels after the tail, 8 of the map."""
    torch.manual_seed(0)
    return MODELS.build(
        dict(
            **{
                **dict(type='AKHead', num_classes=5, in_channels=6, map_channels=8),
                **kwargs,
            }
        )
    )


def samples(*labels):
    return [ActionDataSample().set_gt_label(label) for label in labels]


@pytest.mark.parametrize('concat', [True, False])
def test_logits_of_a_loop(concat):
    head = build(concat_pooled=concat).eval()
    head.init_weights()
    feats = some_features()
    got = head(feats)
    for n in range(2):
        points = [row.mean() for row in feats.sequence[n]]
        pooled = [
            torch.stack([feats.feature[3 * n + t, c].mean() for t in range(3)]).mean()
            for c in range(8)
        ]
        vector = torch.stack((pooled if concat else []) + points)
        torch.testing.assert_close(
            got[n], head.fc_cls.weight @ vector + head.fc_cls.bias
        )
    assert head.fc_cls.weight.shape == (5, 14 if concat else 6)


def test_losses_by_hand():
    """(L_cls + L_aux) / 2 + r_e, with the term's own clip by clip mean."""
    head = build(dropout_ratio=0.0).eval()
    head.init_weights()
    feats, labels = some_features(), torch.tensor([3, 1])
    losses = head.loss(feats, samples(3, 1), num_segs=3)
    assert set(losses) == {
        'loss_cls',
        'loss_aux',
        'loss_sparsity',
        'top1_acc',
        'top5_acc',
        'aux_top1_acc',
        'aux_top5_acc',
    }
    log_p = head(feats).log_softmax(1)
    aux_log_p = head.aux_head(feats).log_softmax(1)
    rows = torch.arange(2)
    torch.testing.assert_close(losses['loss_cls'], -log_p[rows, labels].mean() / 2)
    torch.testing.assert_close(losses['loss_aux'], -aux_log_p[rows, labels].mean() / 2)
    term = 0
    for heatmap in feats.heatmap:
        h = (heatmap - heatmap.min()) / (heatmap.max() - heatmap.min())
        term += (4 * h * (1 - h)).mean() / 2
    torch.testing.assert_close(losses['loss_sparsity'], term)
    assert losses['top5_acc'] == losses['aux_top5_acc'] == 1
    with pytest.raises(ValueError, match='AKHead: 2 clips of features, but 1 labelled'):
        head.loss(feats, samples(3))


@pytest.mark.parametrize(
    'kwargs, missing',
    [(dict(loss_aux=None), 'loss_aux'), (dict(loss_sparsity=None), 'loss_sparsity')],
)
def test_without_a_helper(kwargs, missing):
    head = build(**kwargs)
    losses = head.loss(some_features(), samples(0, 1))
    assert {key for key in losses if 'loss' in key} == {
        'loss_cls',
        'loss_aux',
        'loss_sparsity',
    } - {missing}
    assert ('aux_head' in dict(head.named_children())) == (missing != 'loss_aux')


@pytest.mark.parametrize('loss_aux, weight', [(None, 1.0), ({}, 0.5)])
def test_default_weight_of_the_classifier_loss(loss_aux, weight):
    """Eq. 16 without L_aux is L_cls + r_e, not half of it."""
    kwargs = dict(loss_aux=None) if loss_aux is None else {}
    head = build(dropout_ratio=0.0, **kwargs)
    head.init_weights()
    feats, labels = some_features(), torch.tensor([3, 1])
    expected = F.cross_entropy(head(feats), labels)
    found = head.loss(feats, samples(3, 1))['loss_cls']
    torch.testing.assert_close(found, weight * expected)


def test_every_parameter_gets_a_gradient_with_one_helper():
    """As distributed training requires."""
    for kwargs in (dict(loss_aux=None), dict(loss_sparsity=None)):
        model = aknet_recognizer(**kwargs).train()
        losses = model(**model.data_preprocessor(some_videos(), True), mode='loss')
        model.parse_losses(losses)[0].backward()
        missing = [key for key, p in model.named_parameters() if p.grad is None]
        assert not missing


def test_settings_reach_both_classifiers():
    head = build(
        topk=(1, 2),
        label_smooth_eps=0.5,
        dropout_ratio=0.25,
        init_std=2.0,
        loss_cls=dict(type='CrossEntropyLoss', loss_weight=1.0),
        loss_sparsity=dict(type='HeatmapSparsityLoss', loss_weight=0.1),
    )
    head.init_weights()
    for each in (head, head.aux_head):
        assert each.topk == (1, 2) and each.label_smooth_eps == 0.5
        assert each.dropout.p == 0.25
        assert 1 < each.fc_cls.weight.std() < 3 and not each.fc_cls.bias.any()
    assert head.loss_cls.loss_weight == 1
    assert head.aux_head.loss_cls.loss_weight == 0.5
    assert head.loss_sparsity.loss_weight == 0.1


def test_several_labels():
    """Labels of a clip that are not exclusive."""
    head = build(
        multi_class=True,
        loss_cls=dict(type='BCELossWithLogits', loss_weight=0.5),
        loss_aux=dict(type='BCELossWithLogits', loss_weight=0.5),
    )
    labels = [torch.tensor([1.0, 0, 1, 0, 0]), torch.tensor([0.0, 1, 0, 0, 0])]
    losses = head.eval().loss(
        some_features(), [ActionDataSample().set_gt_label(label) for label in labels]
    )
    expected = F.binary_cross_entropy_with_logits(
        head(some_features()), torch.stack(labels)
    )
    torch.testing.assert_close(losses['loss_cls'], expected / 2)
    assert losses['loss_aux'].isfinite()


@pytest.mark.parametrize('clips, length, side', [(1, 1, 3), (3, 10, 8)])
def test_sizes_and_gradients(clips, length, side):
    head = build(dropout_ratio=0.0)
    head.init_weights()
    feats = some_features(clips, 3, length, side)
    feats = feats._replace(
        heatmap=feats.heatmap.requires_grad_(), feature=feats.feature.requires_grad_()
    )
    assert head(feats).shape == (clips, 5)
    losses = head.loss(feats, samples(*range(clips)))
    sum(value for key, value in losses.items() if 'loss' in key).backward()
    for name, each in (
        *head.named_parameters(),
        ('heatmap', feats.heatmap),
        ('feature', feats.feature),
    ):
        assert each.grad.isfinite().all() and each.grad.any(), name


def test_the_label_reaches_the_heatmap():
    head = build(loss_sparsity=None)
    heatmap = some_features().heatmap.requires_grad_()
    feats = some_features()._replace(heatmap=heatmap)
    head.loss(feats, samples(0, 1))['loss_aux'].backward()
    assert heatmap.grad.isfinite().all() and heatmap.grad.any()


def test_first_weights_of_init_cfg_are_kept():
    head = build(init_cfg=dict(type='Constant', layer='Linear', val=0.5))
    head.init_weights()
    assert (head.fc_cls.weight == 0.5).all()


def test_classifier_of_a_host():
    head = build()
    plain = nn.Linear(6, 5)
    head.load_state_dict(
        {f'fc_cls.{key}': value for key, value in plain.state_dict().items()},
        strict=False,
    )
    assert torch.equal(head.fc_cls.weight[:, 8:], plain.weight)
    assert not head.fc_cls.weight[:, :8].any()
    assert torch.equal(head.fc_cls.bias, plain.bias)
    feats = some_features()
    torch.testing.assert_close(head.eval()(feats), plain(feats.sequence.mean(2)))
    # Its own weights, and those of other classes, go their usual way.
    other = build()
    other.load_state_dict(head.state_dict())
    assert torch.equal(other.fc_cls.weight, head.fc_cls.weight)
    with pytest.raises(RuntimeError, match='size mismatch for fc_cls.weight'):
        head.load_state_dict({'fc_cls.weight': torch.zeros(7, 6)}, strict=False)


@pytest.mark.parametrize(
    'kwargs, error, message',
    [
        (dict(num_classes=0), ValueError, 'AKHead: num_classes=0 is outside'),
        (dict(map_channels=8.0), TypeError, 'AKHead: map_channels=8.0 is a float'),
        (dict(in_channels=-1), ValueError, 'AKHead: in_channels=-1 is outside'),
        (
            dict(map_channels=3),
            ValueError,
            'map_channels=3 cannot be halved twice.*loss_aux=None',
        ),
        (dict(dropout_ratio='0.5'), TypeError, "dropout_ratio='0.5' is a str"),
        (dict(concat_pooled='no'), TypeError, "concat_pooled='no' is a str"),
        (dict(loss_aux=True), TypeError, 'loss_aux=True is not a config'),
    ],
)
def test_bad_arguments(kwargs, error, message):
    with pytest.raises(error, match=message):
        build(**kwargs)


def test_features_of_something_else():
    head, feats = build(), some_features()
    with pytest.raises(
        TypeError, match=r'are a Tensor, not the output of AKNet or AKViT; set backbone'
    ):
        head(feats.feature)
    with pytest.raises(
        ValueError,
        match='in_channels=6 and map_channels=8, but the tail has 4 and '
        'the map 8 channels',
    ):
        head(feats._replace(sequence=feats.sequence[:, :4]))
    with pytest.raises(ValueError, match='the map 4 channels'):
        head(feats._replace(feature=feats.feature[:, :4]))
