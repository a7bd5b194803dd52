"""The converter of 3D ResNeXt weights, against a twin with the public names."""

from pathlib import Path

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.runner import load_checkpoint

from mmvkp.hosts import convert_resnext3d as tool

from ..cli import run
from . import naive_resnext3d as twin

SIZES = dict(blocks=(1, 2, 1, 2), base=8, groups=4, classes=7)
NET = dict(
    type='ResNeXt3d', stage_blocks=SIZES['blocks'], base_channels=8, cardinality=4
)
# Four convolutions in the first block of a stage, three in the others, each
# with a norm, and the stem.
CONVS = 4 * 4 + 2 * 3
ENTRIES = (CONVS + 1) * 5


@pytest.fixture(scope='module')
def weights():
    return twin.random_weights(twin.public_shapes(**SIZES))


def write(path, weights, **beside):
    torch.save(dict(beside, state_dict=weights), path)
    return str(path)


def test_the_twin_has_the_published_size():
    """47 521 216 parameters, and a classifier of 400 classes."""
    sizes = [
        torch.Size(shape).numel()
        for name, shape in twin.public_shapes()
        if 'running' not in name
    ]
    assert sum(sizes) == 47521216 + 2049 * 400


def test_public_network_fits_a_point3d():
    """At full size, without memory."""
    given = {
        name: torch.empty(shape, device='meta') for name, shape in twin.public_shapes()
    }
    result = tool.convert(given)
    with torch.device('meta'):
        model = MODELS.build(dict(type='ResNeXt3d'))
    ours = {
        f'clip_backbone.{name}': value.shape
        for name, value in model.state_dict().items()
        if name.startswith('layer')
    }
    assert {name: v.shape for name, v in result.state_dict.items()} == ours
    assert result.report[:3] == [
        'network: stage_blocks=(3, 4, 23, 3), base_channels=128, cardinality=32',
        'taken: clip_backbone.layer1 (60), clip_backbone.layer2 (78), '
        'clip_backbone.layer3 (420), clip_backbone.layer4 (60)',
        'left out: conv1 (1), bn1 (4), fc (2)',
    ]


def test_scores_of_a_recognizer_equal_those_of_the_twin(weights, tmp_path):
    source = write(tmp_path / 'in.pth', weights)
    out = str(tmp_path / 'out.pth')
    assert run('weights', 'resnext3d', source, out, '--use', 'recognizer') == 0
    model = MODELS.build(
        dict(
            type='Recognizer3D',
            backbone=dict(NET, in_channels=3, stem='literal'),
            cls_head=dict(type='I3DHead', in_channels=128, num_classes=7),
        )
    )
    model.double().eval()
    load_checkpoint(model, out, map_location='cpu', strict=True)
    x = torch.randn(
        2, 3, 9, 40, 56, dtype=torch.float64, generator=torch.Generator().manual_seed(1)
    )
    with torch.no_grad():
        expected = twin.naive_resnext3d(weights, x)
        scores = model.cls_head(model.backbone(x))
    assert expected.std() > 0.1  # else 1e-5 would say nothing
    assert torch.allclose(scores, expected, rtol=0, atol=1e-5)


def test_stages_of_a_point3d_equal_those_of_the_twin(weights, tmp_path, capsys):
    given = {f'module.{name}': value for name, value in weights.items()}
    source = write(
        tmp_path / 'in.pth', given, arch='resnext-101', optimizer={'lr': 0.1}
    )
    out = tmp_path / 'new' / 'out.pth'
    assert run('weights', 'resnext3d', source, out) == 0
    text = capsys.readouterr().out
    assert f'{CONVS * 6} tensors' in text
    assert 'stage_blocks=(1, 2, 1, 2), base_channels=8, cardinality=4' in text
    assert 'left out: conv1 (1), bn1 (4), fc (2)' in text
    assert f'num_batches_tracked set to 0: {CONVS}' in text
    assert 'ignored: arch, optimizer' in text
    pretrained = dict(type='Pretrained', checkpoint=str(out), prefix='clip_backbone.')
    backbone = MODELS.build(
        dict(
            NET,
            in_channels=5,
            init_cfg=[dict(type='Kaiming', layer='Conv3d'), pretrained],
        )
    )
    torch.nn.init.zeros_(backbone.conv1.weight)
    backbone.init_weights()
    assert backbone.conv1.weight.std() > 0.01  # not of the file, but not 0
    backbone.double().eval()
    x = torch.randn(1, 4, 3, 8, 8, dtype=torch.float64)
    with torch.no_grad():
        found = x
        for name in backbone.stage_names:
            found = getattr(backbone, name)(found)
    expected = twin.naive_stages(weights, x)
    assert expected.std() > 0.1
    assert torch.allclose(found, expected, rtol=0, atol=1e-5)
    assert sorted(path.name for path in out.parent.iterdir()) == ['out.pth']


def test_counters_that_are_there_are_kept(weights):
    given = dict(weights)
    given['layer4.1.bn3.num_batches_tracked'] = torch.tensor(12)
    given['bn1.num_batches_tracked'] = torch.tensor(12)
    result = tool.convert(given)
    name = 'clip_backbone.layer4.1.bn3.num_batches_tracked'
    assert result.state_dict[name] == 12
    assert f'num_batches_tracked set to 0: {CONVS - 1}' in result.report
    assert 'left out: conv1 (1), bn1 (5), fc (2)' in result.report


def test_weights_without_classifier(weights):
    given = {n: v for n, v in weights.items() if not n.startswith('fc')}
    result = tool.convert(given, 'recognizer')
    assert len(result.state_dict) == ENTRIES + CONVS + 1
    assert all(name.startswith('backbone.') for name in result.state_dict)
    assert 'left out: nothing' in result.report


def test_all_that_does_not_fit_is_named_at_once(weights, tmp_path, capsys):
    given = dict(weights)
    del given['layer2.0.downsample.0.weight'], given['fc.bias']
    given['layer1.0.bn4.bias; '] = torch.zeros(8)
    given['bn1.weight'] = torch.zeros(5)
    out = tmp_path / 'out.pth'
    assert run('weights', 'resnext3d', write(tmp_path / 'in.pth', given), out) == 1
    text = capsys.readouterr().err
    assert '2 missing: layer2.0.downsample.0.weight, fc.bias; ' in text
    assert '1 not part of ResNeXt: layer1.0.bn4.bias; ' in text
    assert '1 of another shape: bn1.weight: (5,), not (4,)' in text
    assert 'shortcuts of type B' in text
    assert not out.exists() and not list(tmp_path.glob('*.tmp'))


@pytest.mark.parametrize(
    'name, shape',
    [
        ('layer1.0.conv2.weight', (8, 8, 3, 3, 3)),
        ('layer1.0.conv2.weight', (8, 2, 3, 3)),
        ('layer1.0.conv2.weight', None),
        ('layer4', None),
    ],
)
def test_other_networks(weights, name, shape):
    given = {n: v for n, v in weights.items() if not n.startswith(name)}
    if shape:
        given[name] = torch.zeros(shape)
    with pytest.raises(
        ValueError,
        match='are not from a 3D ResNeXt, .* begins '
        r"with \['conv1.weight'",
    ):
        tool.convert(given)


def test_input_is_not_overwritten(weights, tmp_path, capsys):
    source = write(tmp_path / 'in.pth', weights)
    before = Path(source).read_bytes()
    assert run('weights', 'resnext3d', source, str(tmp_path / '.' / 'in.pth')) == 1
    assert 'OUT is IN' in capsys.readouterr().err
    assert Path(source).read_bytes() == before
    assert (
        run('weights', 'resnext3d', str(tmp_path / 'gone.pth'), str(tmp_path / 'o'))
        == 1
    )
    assert 'gone.pth: no such file; download it' in capsys.readouterr().err
