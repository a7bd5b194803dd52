"""The converter of Hourglass weights, against a network with CenterNet's names."""

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.runner import load_checkpoint

from mmvkp.point3d import convert as tool

from ..cli import run
from . import public_hourglass as twin

pytest.importorskip('mmdet.models', reason='the network is that of MMDetection')

COMMAND = ('weights', 'hourglass')

# Two levels that stay and one that grows, blocks of one, two and three.
DIMS, MODULES = (8, 8, 12, 12), (2, 1, 2, 3)
SIZES = dict(downsample_times=3, stage_channels=DIMS, stage_blocks=MODULES)
# Parameters of Hourglass-104 with 256 and 128 channels, counted on it.
PARAMS = {256: 187700352, 128: 187077248}


class Detector(torch.nn.Module):
    """A model with the feature extractor of `Point3D`."""

    def __init__(self, feat_channel, num_stacks=2, **sizes):
        super().__init__()
        self.backbone = MODELS.build(
            dict(
                type='mmdet.HourglassNet',
                num_stacks=num_stacks,
                feat_channel=feat_channel,
                **(sizes or SIZES),
            )
        )


@pytest.fixture(scope='module')
def weights():
    return twin.public_weights(dims=DIMS, modules=MODULES, width=6)


@pytest.fixture(scope='module')
def public():
    """Hourglass-104 with its heads, without memory."""
    return {
        name: torch.empty(shape, device='meta') for name, shape in twin.public_shapes()
    }


def write(path, weights, **beside):
    torch.save(dict(beside, state_dict=weights), path)
    return str(path)


def test_the_twin_has_the_published_size():
    sizes = [
        torch.Size(shape).numel()
        for name, shape in twin.public_shapes(heads=())
        if not name.endswith(('mean', 'var', 'tracked'))
    ]
    assert sum(sizes) == PARAMS[256]


def test_public_network_fits_that_of_mmdet(public):
    result = tool.convert(public, 256)
    with torch.device('meta'):
        model = Detector(256, downsample_times=5)
    ours = {n: v.shape for n, v in model.state_dict().items()}
    assert {n: v.shape for n, v in result.state_dict.items()} == ours
    assert 'stacks: 2 of 2' in result.report
    assert 'left out of the hourglasses: nothing' in result.report
    assert 'left out, of another task: hm (8), wh (8), reg (8)' in result.report


@pytest.mark.parametrize(
    'stacks, left', [(2, {'out_convs', 'remap_convs'}), (1, {'out_convs'})]
)
def test_what_128_channels_leave_out(public, stacks, left):
    result = tool.convert(public, 128, stacks)
    with torch.device('meta'):
        model = Detector(128, stacks, downsample_times=5)
    found = {n: v.shape for n, v in result.state_dict.items()}
    ours = {n: v.shape for n, v in model.state_dict().items()}
    assert found.items() <= ours.items()
    assert {name.split('.')[1] for name in ours.keys() - found.keys()} == left
    if stacks == 2:
        size = sum(p.numel() for p in model.parameters())
        assert size == PARAMS[128]
        # Two kernels and norms after the hourglasses, and one of the next layer.
        assert 'left out of the hourglasses: cnvs (12), cnvs_ (6)' in result.report
    else:
        assert 'stacks: 1 of 2' in result.report
        assert 'backbone.hourglass_modules.1.up1.0.conv1.weight' not in found


def test_maps_equal_those_of_the_twin(weights):
    result = tool.convert(weights, 6, **SIZES)
    model = Detector(6).double().eval()
    model.load_state_dict(result.state_dict)
    images = torch.randn(
        2, 3, 64, 96, dtype=torch.float64, generator=torch.Generator().manual_seed(1)
    )
    expected = twin.NaiveHourglass(weights)(images.flip(1))  # BGR there
    with torch.no_grad():
        maps = model.backbone(images)
    assert [tuple(x.shape) for x in expected] == [(2, 6, 16, 24)] * 2
    for found, each in zip(maps, expected):
        assert each.std() > 0.1  # else 1e-5 would say nothing
        assert torch.allclose(found, each, rtol=0, atol=1e-5)


def test_one_stack_of_its_own(weights):
    """CenterNet then has no weights between stacks, MMDetection has unused ones."""
    given = twin.public_weights(dims=DIMS, modules=MODULES, stacks=1, width=6, heads=())
    result = tool.convert(given, 6, **SIZES)
    left = Detector(6, 1).load_state_dict(result.state_dict, strict=False)
    assert left.unexpected_keys == []
    assert {name.split('.')[1] for name in left.missing_keys} == {'inters'}
    both = tool.convert(weights, 6, 1, **SIZES)
    Detector(6, 1).load_state_dict(both.state_dict)


def test_other_channels_keep_the_first_hourglass(weights):
    """All weights up to the end of the first hourglass are the public ones."""
    result = tool.convert(weights, 4, **SIZES)
    model = Detector(4).double().eval()
    left = model.load_state_dict(result.state_dict, strict=False)
    assert left.unexpected_keys == []
    assert {name.split('.')[1] for name in left.missing_keys} == {
        'out_convs',
        'remap_convs',
    }
    images = torch.randn(1, 3, 32, 32, dtype=torch.float64)
    public = twin.NaiveHourglass(weights)
    stem = public.convolution(images.flip(1), 'pre.0', 2)
    expected = public.level(public.residual(stem, 'pre.1', 2), 'kps.0')
    net = model.backbone
    with torch.no_grad():
        found = net.hourglass_modules[0](net.stem(images))
    assert torch.allclose(found, expected, rtol=0, atol=1e-5)


def cornernet():
    """Weights as MMDetection's CornerNet has them."""
    torch.manual_seed(0)
    given = dict(Detector(6).state_dict())
    given['bbox_head.tl_heat.0.0.conv.weight'] = torch.zeros(3, 3)
    return given


def test_names_of_mmdet_stay(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(
        tool,
        'build',
        lambda stacks, channels, **sizes: Detector(channels, stacks).backbone,
    )
    given = cornernet()
    source = write(tmp_path / 'in.pth', given, meta={'epoch': 210})
    out = tmp_path / 'new' / 'out.pth'
    assert run(*COMMAND, source, out, '--feat-channel', 6) == 0
    text = capsys.readouterr().out
    assert 'left out, of another task: bbox_head (1)' in text
    assert 'mean=[123.675, 116.28, 103.53]' in text
    assert 'ignored: meta' in text
    model = Detector(6)
    load_checkpoint(model, str(out), map_location='cpu', strict=True)
    for name, value in model.state_dict().items():
        assert torch.equal(value, given[name]), name
    assert sorted(path.name for path in out.parent.iterdir()) == ['out.pth']
    assert run(*COMMAND, source, out) == 0
    text = capsys.readouterr().out
    assert (
        'left out of the hourglasses: backbone.out_convs (12), '
        'backbone.remap_convs (6)' in text
    )


def test_images_are_announced_in_rgb(weights):
    """CenterNet's numbers are shares of 255 in the order BGR."""
    report = tool.convert(weights, 6, **SIZES).report[-1]
    mean = [0.40789654, 0.44719302, 0.47026115]
    std = [0.28863828, 0.27408164, 0.27809835]
    mean, std = ([round(255 * x, 3) for x in values[::-1]] for values in (mean, std))
    assert report == f'images: RGB, mean={mean}, std={std}'


def test_counters_that_are_missing(weights):
    given = {n: v for n, v in weights.items() if 'tracked' not in n}
    result = tool.convert(given, 6, **SIZES)
    norms = sum('tracked' in name for name in weights)
    assert f'num_batches_tracked set to 0: {norms}' in result.report
    kept = tool.convert(weights, 6, **SIZES)
    assert kept.state_dict['backbone.stem.0.bn.num_batches_tracked'] == 9
    assert 'num_batches_tracked set to 0: 0' in kept.report


def test_all_that_does_not_fit_is_named_at_once(weights):
    given = dict(weights)
    del given['kps.1.low2.low3.0.bn1.bias']
    given['inters.0.skip.0.weight'] = torch.zeros(8, 8, 1, 1)
    given['pre.1.bn2.weight'] = torch.zeros(7)
    given['hm_hp.0.1.bias'] = torch.zeros(17)  # a head of another task
    with pytest.raises(ValueError) as error:
        tool.convert(given, 6, **SIZES)
    text = str(error.value)
    assert '1 missing: kps.1.low2.low3.0.bn1.bias; ' in text
    assert '1 not part of HourglassNet: inters.0.skip.0.weight; ' in text
    assert '1 of another shape: pre.1.bn2.weight: (7,), not (8,)' in text


def test_mistakes_on_the_command_line(weights, tmp_path, capsys):
    source, out = write(tmp_path / 'in.pth', weights), str(tmp_path / 'out')
    assert run(*COMMAND, source, out, '--num-stacks', 3) == 1
    assert 'the file has 2 stacks' in capsys.readouterr().err
    assert run(*COMMAND, source, out, '--feat-channel', 0) == 1
    assert 'feat_channel=0 and' in capsys.readouterr().err
    assert run(*COMMAND, source, source) == 1
    assert 'OUT is IN' in capsys.readouterr().err
    source = write(tmp_path / 'other.pth', {'conv1.weight': torch.zeros(1)})
    assert run(*COMMAND, source, out) == 1
    assert "starts with ['conv1.weight']" in capsys.readouterr().err
    assert not (tmp_path / 'out').exists()


def test_without_mmdetection(weights, monkeypatch):

    def fail(cfg):
        raise ImportError('No module named mmcv._ext\nmore')

    monkeypatch.setattr(tool, 'MODELS', type('M', (), dict(build=fail)))
    with pytest.raises(ValueError, match='mmcv._ext. Install MMDetection'):
        tool.convert(weights, 6, **SIZES)
