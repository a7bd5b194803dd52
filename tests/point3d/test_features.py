"""Point3D with a long-term feature bank."""

import copy

import pytest
import torch
from mmaction.registry import MODELS

from mmvkp.point3d.bank.window import BankWindow
from mmvkp.recognition.complexity import count_macs, count_parameters

from .point3d_scenes import batch, build, total_of
from .tiny_point3d import CLIP_LEN, SIDE, point3d_config

BANK = dict(
    type='BankAttention', in_channels=8, mid_channels=6, num_centers=2, window=4
)


def with_rows(samples, network=None, frames=9):
    """Give each sample random rows."""
    generator = torch.Generator().manual_seed(2)
    for sample in samples:
        rows = torch.randn(frames, 3, 8, generator=generator).half()
        present = torch.arange(frames) > 1
        sample.set_metainfo(dict(bank=BankWindow(rows, present, network, 'x.npz')))
    return samples


def pair(**options):
    """A detector with and one without a bank, of the same weights."""
    banked, plain = build(bank=BANK, **options), build(**options)
    missing = banked.load_state_dict(plain.state_dict(), strict=False).missing_keys
    assert missing and all(name.startswith('bank.') for name in missing)
    return banked, plain


@pytest.mark.parametrize('options', [dict(), dict(actor=True), dict(twa=None)])
def test_starts_exactly_as_the_network_without_it(options):
    banked, plain = pair(**options)
    banked.eval(), plain.eval()
    inputs, samples = batch()
    others = with_rows(copy.deepcopy(samples))
    with torch.no_grad():
        first = plain(inputs, samples, mode='predict')
        second = banked(inputs, others, mode='predict')
        losses = [
            model(inputs, each, mode='loss')['loss_cls']
            for model, each in ((plain, samples), (banked, others))
        ]
    for one, two in zip(first, second):
        for key in ('bboxes', 'scores', 'keypoints'):
            assert torch.equal(one.pred_instances[key], two.pred_instances[key])
        if not options.get('actor'):
            assert torch.equal(one.class_scores, two.class_scores)
    if not options.get('actor'):  # its boxes are moved at random
        assert torch.equal(*losses)


def test_the_rows_change_the_classes():
    banked, _ = pair()
    banked.eval()
    torch.nn.init.normal_(banked.bank.out.weight)
    inputs, samples = batch()
    with torch.no_grad():
        first = banked(inputs, with_rows(samples), mode='predict')[0].class_scores
        rows, *rest = samples[0].bank
        samples[0].set_metainfo(dict(bank=BankWindow(rows + 1, *rest)))
        second = banked(inputs, samples, mode='predict')[0].class_scores
    assert not torch.equal(first, second)


def test_training_changes_all_but_the_network_of_the_frames():
    banked, _ = pair(
        point_input='twa', twa=dict(type='TimeWiseAttention', gain_channels=8)
    )
    banked.train()
    inputs, samples = batch()
    before = {k: v.clone() for k, v in banked.state_dict().items()}
    digest = banked.network
    optimizer = torch.optim.SGD(
        [each for each in banked.parameters() if each.requires_grad], lr=0.5
    )
    for _ in range(2):
        losses = banked(inputs, with_rows(samples), mode='loss')
        assert set(losses) == {'loss_cls', 'cls_acc'}
        optimizer.zero_grad()
        total_of(losses).backward()
        optimizer.step()
    frozen = ('backbone.', 'neck.', 'point_head.', 'twa.')
    for name, value in banked.state_dict().items():
        if name.startswith(frozen):
            assert torch.equal(value, before[name]), name
        elif 'key.bias' not in name:  # a softmax does not depend on it
            assert not torch.equal(value, before[name]), name
    assert banked.network == digest
    assert not banked.backbone.training and banked.clip_backbone.training


def test_the_attention_of_the_clip_is_trained_if_it_follows_the_point_head():
    banked, _ = pair(twa=dict(type='TimeWiseAttention', gain_channels=8))
    assert banked.twa.gain.requires_grad


def test_no_rows_are_needed_to_count():
    banked, plain = pair()
    banked.eval(), plain.eval()
    extra = count_parameters(banked.bank)
    assert count_parameters(banked) == count_parameters(plain) + extra
    clip = torch.zeros(1, 3, CLIP_LEN, SIDE, SIDE)
    keys, width = 9 * 3, 6
    macs = (2 * CLIP_LEN + keys) * 8 * width
    macs += 2 * (2 * CLIP_LEN + 2 * keys) * width**2
    macs += 2 * 2 * CLIP_LEN * keys * width
    assert count_macs(banked, clip) == count_macs(plain, clip) + macs


def test_rows_of_another_network():
    banked, _ = pair()
    inputs, samples = batch()
    banked(inputs, with_rows(samples, banked.network), mode='loss')
    with pytest.raises(
        ValueError, match='x.npz was made by network b{12}, .*load_from'
    ):
        banked(inputs, with_rows(samples, 'b' * 64), mode='loss')


def test_samples_without_rows():
    banked, _ = pair()
    inputs, samples = batch()
    with pytest.raises(ValueError, match='no rows of the bank; put .*LoadBank'):
        banked(inputs, samples, mode='loss')


@pytest.mark.parametrize(
    'options, error, message',
    [
        (dict(head=False), ValueError, 'bank has no effect without 3D head'),
        (dict(detach_cls=True), ValueError, 'detach_cls=True has no effect with bank'),
        (
            dict(loss_weights=dict(loc=2)),
            ValueError,
            'loss_weights.loc=2 has no effect with bank',
        ),
        (
            dict(bank=dict(type='TimeWiseAttention')),
            TypeError,
            'bank is a TimeWiseAttention; it must be a BankAttention',
        ),
        (dict(bank=3), TypeError, 'bank=3'),
        (dict(bank=dict(BANK, in_channels=4)), ValueError, 'in_channels=8'),
    ],
)
def test_bad_options(options, error, message):
    config = point3d_config(**dict(dict(bank=BANK), **options)).model
    with pytest.raises(error, match=message):
        model = MODELS.build(config)
        inputs, samples = batch()
        model(inputs, with_rows(samples), mode='loss')
