"""Checkpoints of the host and of AKNet itself."""

import mmvkp  # noqa: F401, isort: skip
import copy
import logging

import pytest
import torch
from mmaction.models.backbones import resnet, resnet_tsm
from mmaction.registry import MODELS
from mmengine.logging import MMLogger
from mmengine.runner.checkpoint import load_checkpoint, save_checkpoint
from torch import nn

from mmvkp.aknet.tail import SequenceShift

from ..torchvision_names import save_as_torchvision, torchvision_name
from .tiny_aknet import SLIM, aknet_recognizer, host_recognizer, with_statistics


@pytest.fixture
def log(monkeypatch):
    """Lines of the log."""
    lines = []
    logger = MMLogger.get_instance('checkpoints of aknet')

    def handle(record):
        if record.levelno >= logging.INFO:
            lines.append(record.getMessage())

    monkeypatch.setattr(logger, 'handle', handle)
    return lines


def trained_host(base=SLIM, **kwargs):
    """A host's recognizer whose numbers all differ from the first ones."""
    torch.manual_seed(1)
    model = with_statistics(host_recognizer(base, **kwargs))
    nn.init.normal_(model.cls_head.fc_cls.weight)
    nn.init.normal_(model.cls_head.fc_cls.bias)
    return model


def check_backbone(model, weights):
    """Bottom as it is, tail summed over columns.

    Args:
        model (nn.Module): An AKNet.
        weights (dict): Of the host, by MMAction2's names without ``net``.
    """
    own = {
        name.replace('.net', ''): value for name, value in model.state_dict().items()
    }
    rest = {name for name in own if name.startswith(('base', 'tail'))}
    for name, value in weights.items():
        part = 'base' if f'base.{name}' in own else 'tail'
        found = own[f'{part}.{name}']
        rest.remove(f'{part}.{name}')
        if part == 'tail' and value.dim() == 4:
            value = sum(value[..., i] for i in range(value.shape[3]))
        torch.testing.assert_close(found, value)
    assert not [name for name in rest if 'num_batches' not in name]


def plain_names(model):
    """Weights of a host without wrappers."""
    return {
        name.replace('.net', ''): value for name, value in model.state_dict().items()
    }


@pytest.mark.parametrize('head', ['TSMHead', 'TSNHead'])
@pytest.mark.parametrize('prefix', ['', 'module.'])
@pytest.mark.parametrize('stage, shift', [(2, False), (0, True)])
def test_a_checkpoint_of_the_host(tmp_path, head, prefix, stage, shift):
    """``load_from`` of the second stage, also from distributed training."""
    host = trained_host(head=head)
    path = str(tmp_path / 'stage1.pth')
    save_checkpoint(
        dict(
            meta=dict(epoch=1),
            state_dict={
                prefix + name: value for name, value in host.state_dict().items()
            },
        ),
        path,
    )
    model = aknet_recognizer(
        dict(select_stage=stage, tail_shift=shift), map_channels=8 << stage
    )
    model.init_weights()
    before = copy.deepcopy(model.state_dict())
    load_checkpoint(model, path, map_location='cpu')
    check_backbone(model.backbone, plain_names(host.backbone))
    wrapped = [m for m in model.backbone.tail.modules() if isinstance(m, SequenceShift)]
    assert len(wrapped) == (6 if shift else 0) // 2
    weight = model.cls_head.fc_cls.weight
    assert torch.equal(weight[:, 8 << stage :], host.cls_head.fc_cls.weight)
    assert not weight[:, : 8 << stage].any()
    assert torch.equal(model.cls_head.fc_cls.bias, host.cls_head.fc_cls.bias)
    kept = [
        name
        for name in before
        if name.startswith(
            ('backbone.selector', 'backbone.transform', 'cls_head.aux_head')
        )
    ]
    assert len(kept) > 30 and all(
        torch.equal(before[name], model.state_dict()[name]) for name in kept
    )


def test_classifier_without_the_pooled_map():
    host = trained_host()
    model = aknet_recognizer(concat_pooled=False)
    model.load_state_dict(host.state_dict(), strict=False)
    assert torch.equal(model.cls_head.fc_cls.weight, host.cls_head.fc_cls.weight)


def test_log(log):
    host = trained_host()
    state = {**host.state_dict(), 'backbone.fc.weight': torch.zeros(3)}
    found = aknet_recognizer().load_state_dict(state, strict=False)
    # Stem, then three stages: a convolution has 1 tensor, a norm layer 5.
    bottom = 6 + 2 * 6 + 2 * 3 * 6
    text, classifier = log
    assert (
        f'loaded {bottom} tensors of a plain SlimResNetTSM unchanged; '
        'compacted 18 of layer4 to 1D kernels; skipped 0 temporal ones there '
        'and 1 that SlimResNetTSM does not have (fc.weight). '
        'Initialised: the scores of the points and the transform.'
    ) in text
    assert 'classifier of shape (3, 64) for the point features' in classifier
    assert not found.unexpected_keys
    assert {name.split('.')[1] for name in found.missing_keys} == {
        'selector',
        'transform',
        'aux_head',
    }


@pytest.mark.parametrize(
    'base, left_out',
    [
        # Two branches per block, each two layers without bias and a norm
        # layer, which has 5 tensors, between them.
        (dict(type='TANet', depth=50, num_segments=4), (14, 'tam.G')),
        (
            dict(type='ResNetTDN', depth=18, num_segments=4),
            (None, 'long_term.squeeze_conv'),
        ),
    ],
)
def test_temporal_tensors_are_listed(log, base, left_out):
    torch.manual_seed(0)
    host = with_statistics(MODELS.build(base))
    host.eval()
    model = MODELS.build(dict(type='AKNet', base=base, transform='none'))
    # TANet reads its file when it is built, which is of no use here.
    model.base_cfg['pretrained'] = 'nowhere.pth'
    model.load_state_dict(host.state_dict(), strict=False)
    (text,) = (line for line in log if line.startswith('AKNet: '))
    number, name = left_out
    dropped = [
        key
        for key in host.state_dict()
        if key.startswith('layer4')
        and ('.tam.' in key or 'long_term' in key or 'temporal_conv' in key)
    ]
    blocks = len(host.layer4)
    assert number is None or len(dropped) == blocks * number
    assert (f'skipped {len(dropped)} temporal ones there (layer4.0.{name}') in text
    taken = [key for key in host.state_dict() if key.startswith('layer4')]
    assert f'compacted {len(taken) - len(dropped)} of layer4' in text
    assert text.endswith('the scores of the points.')
    x = torch.rand(
        4, host.conv1.conv.in_channels * (5 if number is None else 1), 32, 32
    )
    host.out_indices = (2,)
    with torch.no_grad():
        torch.testing.assert_close(model.eval()(x).feature, host(x))


def test_an_own_checkpoint(tmp_path, log):
    torch.manual_seed(0)
    model = with_statistics(aknet_recognizer())
    path = str(tmp_path / 'stage2.pth')
    save_checkpoint(dict(state_dict=model.state_dict()), path)
    torch.manual_seed(1)
    other = aknet_recognizer()
    load_checkpoint(other, path, map_location='cpu', strict=True)
    assert not [line for line in log if 'AKNet' in line]
    for name, value in model.state_dict().items():
        assert torch.equal(other.state_dict()[name], value)
    third = MODELS.build(dict(type='AKNet', base=SLIM))
    third.load_state_dict(model.backbone.state_dict())
    assert torch.equal(
        third.tail.layer4[0].conv1.conv.weight,
        model.backbone.tail.layer4[0].conv1.conv.weight,
    )


def test_a_backbone_alone(tmp_path):
    """Without a recognizer, and by ``init_cfg`` with a prefix."""
    host = trained_host()
    model = MODELS.build(dict(type='AKNet', base=SLIM))
    model.load_state_dict(host.backbone.state_dict(), strict=False)
    check_backbone(model, plain_names(host.backbone))
    path = str(tmp_path / 'stage1.pth')
    save_checkpoint(dict(state_dict=host.state_dict()), path)
    model = aknet_recognizer(
        dict(init_cfg=dict(type='Pretrained', checkpoint=path, prefix='backbone.'))
    )
    model.init_weights()
    check_backbone(model.backbone, plain_names(host.backbone))


def test_foreign_checkpoints(log):
    model = aknet_recognizer()
    foreign = host_recognizer(
        dict(type='MobileNetV2TSM', num_segments=4, pretrained2d=False),
        in_channels=1280,
    )
    with pytest.raises(
        ValueError,
        match='the checkpoint is not of the host SlimResNetTSM: '
        'conv1.conv.weight, .* and 55 more are missing; load the checkpoint of',
    ):
        model.load_state_dict(
            {
                name: value
                for name, value in foreign.state_dict().items()
                if not name.startswith('backbone.conv1')
            },
            strict=False,
        )
    wide = host_recognizer(dict(SLIM, base_channels=16), in_channels=128)
    with pytest.raises(
        ValueError,
        match='(?s)does not fit the host SlimResNetTSM; load the check'
        '.*size mismatch for conv1.conv.weight',
    ):
        model.load_state_dict(wide.state_dict(), strict=False)
    with pytest.raises(RuntimeError, match='Missing key.*backbone.base.conv1'):
        model.load_state_dict({'encoder.weight': torch.zeros(1)})
    assert not log


def test_a_strict_load_lists_new_parts():
    with pytest.raises(RuntimeError, match='selector.excitation') as caught:
        aknet_recognizer().load_state_dict(trained_host().state_dict())
    assert 'backbone.base' not in str(caught.value)
    assert 'backbone.tail' not in str(caught.value)


@pytest.mark.parametrize('kind', ['SlimResNetTSM', 'SlimResNet'])
def test_pretrained_weights_of_the_host(tmp_path, monkeypatch, log, kind):
    """A local file in torchvision's format, read once."""
    source = with_statistics(MODELS.build(dict(type='SlimResNet', depth=10)))
    path = str(tmp_path / 'r10.pth')
    save_as_torchvision(source, path)
    reads = []
    for module in (resnet, resnet_tsm):
        monkeypatch.setattr(
            module,
            '_load_checkpoint',
            lambda *args, _real=module._load_checkpoint, **kwargs: (
                reads.append(args),
                _real(*args, **kwargs),
            )[1],
        )
    model = aknet_recognizer(
        dict(base=dict(type=kind, depth=10, pretrained=path), num_segments=8)
        if kind == 'SlimResNet'
        else dict(base=dict(type=kind, depth=10, pretrained=path)),
        map_channels=256,
        in_channels=512,
    )
    assert not reads
    model.init_weights()
    assert len(reads) == 1
    assert not [line for line in log if 'more than once' in line]
    check_backbone(model.backbone, plain_names(source))
    assert 'layer4.0.bn2.running_var' in set(map(torchvision_name, source.state_dict()))
    # A checkpoint of the host takes the place of those weights unread.
    other = trained_host(
        dict(type=kind, depth=10, num_segments=8)
        if kind == 'SlimResNetTSM'
        else dict(type=kind, depth=10),
        head='TSNHead',
        in_channels=512,
    )
    model.load_state_dict(other.state_dict(), strict=False)
    assert len(reads) == 1
    check_backbone(model.backbone, plain_names(other.backbone))


def test_first_weights_of_the_tail():
    """From scratch the tail is the compacted random host."""
    model = aknet_recognizer(dict(transform='none')).backbone
    torch.manual_seed(3)
    model.init_weights()
    torch.manual_seed(3)
    host = MODELS.build(SLIM)
    host.init_weights()
    check_backbone(model, plain_names(host))
