"""TapBackbone: maps, positions of tokens, checkpoints, copies, mistakes."""

import mmvkp  # noqa: F401, isort: skip
import copy
import io
import sys
from types import SimpleNamespace

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.runner.checkpoint import load_checkpoint, save_checkpoint
from torch import nn

from .tapped_hosts import HOSTS, tapped

VIT = HOSTS['VideoMAE']


def build(name, **change):
    torch.manual_seed(0)
    return MODELS.build({**tapped(name), **change})


def images(name):
    torch.manual_seed(1)
    return torch.randn(HOSTS[name].shape)


@pytest.mark.parametrize('name', HOSTS)
def test_maps(name):
    """Shapes by hand; gradients reach the first layer; nothing is kept."""
    model = build(name).train()
    model.init_weights()
    maps = model(images(name))
    assert [tuple(each.shape) for each in maps] == HOSTS[name].maps
    sum(each.square().mean() for each in maps).backward()
    first = next(model.base.parameters())
    later = [each for each in model.parameters() if each.grad is not None]
    assert len(later) > 3 and all(each.grad.isfinite().all() for each in later)
    assert first.grad is not None or name in ('MViT', 'TimeSformer', 'UniFormerV2')
    assert model.recorder.outputs == {}


def channels_last(norm, x):
    """A norm layer of the last axis on a map (N, C, T, H, W)."""
    return norm(x.permute(0, 2, 3, 4, 1)).permute(0, 4, 1, 2, 3)


@pytest.mark.parametrize(
    'name, option, expected',
    [
        ('VideoMAE', dict(return_feat_map=True), lambda net, found: found[1]),
        ('X3D', {}, lambda net, found: found[1]),
        ('UniFormer', {}, lambda net, found: found[1]),
        (
            'Video Swin',
            dict(out_indices=(2,)),
            lambda net, found: channels_last(net.norm2, found[1]),
        ),
        (
            'MViT',
            dict(out_scales=[2]),
            lambda net, found: channels_last(net.norm2, found[1]),
        ),
    ],
)
def test_maps_are_those_of_the_host(name, option, expected):
    """The host's own map, with its last norm layer applied by hand."""
    model = build(name, base=dict(HOSTS[name].base, **option)).eval()
    model.init_weights()
    x = images(name)
    with torch.no_grad():
        host = model.base(x)
        while isinstance(host, (tuple, list)):
            host = host[0]
        torch.testing.assert_close(expected(model.base, model(x)), host)


@pytest.mark.parametrize(
    'name', ['VideoMAE', 'TimeSformer', 'TimeSformer, space only', 'UniFormerV2']
)
def test_a_token_has_the_place_of_its_pixels(name):
    """Without attention a changed patch of a frame changes one cell of the map."""
    model = build(name).eval()
    for key, parameter in model.named_parameters():
        if 'attn' in key and 'proj' in key:
            nn.init.zeros_(parameter)
    x = images(name)
    y = x.clone()
    frames = x.shape[2] // HOSTS[name].maps[0][2]
    # Row 3, column 1 of the third cell in time, of the second clip.
    y[1, :, 2 * frames : 3 * frames, 24:32, 8:16] += 1
    with torch.no_grad():
        for before, after in zip(model(x), model(y)):
            changed = (before - after).abs().sum(1) > 1e-4
            assert changed.nonzero().tolist() == [[1, 2, 3, 1]]


def test_frames_of_a_2d_network():
    model = build('TSM').eval()
    host = MODELS.build(dict(HOSTS['TSM'].base, out_indices=(2, 3)))
    host.eval()  # returns None
    model.load_state_dict(host.state_dict())
    x = images('TSM')
    with torch.no_grad():
        for found, expected in zip(model(x), host(x)):
            torch.testing.assert_close(found, expected)


@pytest.mark.parametrize('load', ['state dict', 'file', 'own'])
def test_checkpoints_of_the_base(tmp_path, load):
    source = MODELS.build(VIT.base)
    for parameter in source.parameters():
        nn.init.normal_(parameter)
    model = build('VideoMAE', drop=())
    if load == 'state dict':
        model.load_state_dict(source.state_dict())
    elif load == 'own':
        other = build('VideoMAE', drop=())
        other.base.load_state_dict(source.state_dict())
        model.load_state_dict(other.state_dict())
    else:
        path = str(tmp_path / 'host.pth')
        state = {f'backbone.{key}': each for key, each in source.state_dict().items()}
        save_checkpoint(dict(state_dict=state), path)
        parent = nn.Module()
        parent.backbone = model
        load_checkpoint(parent, path, map_location='cpu', strict=True)
    for key, value in source.state_dict().items():
        assert torch.equal(model.base.state_dict()[key], value)


def test_dropped_modules_are_neither_run_nor_loaded():
    model = build('C3D')
    assert not [key for key, _ in model.named_parameters() if 'fc' in key]
    source = MODELS.build(HOSTS['C3D'].base)
    found = model.load_state_dict(source.state_dict(), strict=False)
    assert not found.missing_keys
    assert {key.split('.')[1] for key in found.unexpected_keys} == {'fc6', 'fc7'}


def test_copies_are_independent():
    model = build('VideoMAE').eval()
    x = images('VideoMAE')
    file = io.BytesIO()
    torch.save(model, file)
    file.seek(0)
    for other in (copy.deepcopy(model), torch.load(file, weights_only=False)):
        nn.init.zeros_(other.base.blocks[2].mlp.layers[1].weight)
        with torch.no_grad():
            first, second = model(x), other(x)
        torch.testing.assert_close(first[0], second[0])
        assert not torch.equal(first[1], second[1])
        assert other.recorder is not model.recorder


def test_half_precision_and_inference_mode():
    model = build('VideoMAE').eval()
    with torch.autocast('cpu', dtype=torch.bfloat16), torch.inference_mode():
        maps = model(images('VideoMAE'))
    assert all(each.isfinite().all() for each in maps)


def exported(name):
    model = build(name).eval()
    x = images(name)
    graph = torch.export.export(model, (x,)).module()
    with torch.no_grad():
        for found, expected in zip(graph(2 * x), model(2 * x)):
            torch.testing.assert_close(found, expected)


def test_export():
    exported('VideoMAE')


@pytest.mark.slow
@pytest.mark.parametrize('name', [each for each in HOSTS if each != 'VideoMAE'])
def test_export_of_all(name):
    exported(name)


@pytest.mark.slow
@pytest.mark.parametrize('name', ['X3D', 'MViT', 'Video Swin', 'VideoMAE'])
def test_compile_without_a_graph_break(name):
    model = build(name).eval()
    compiled = torch.compile(model, backend='eager', fullgraph=True)
    x = images(name)
    for clip in (x, 2 * x, torch.cat((x, x))):
        with torch.no_grad():
            for found, expected in zip(compiled(clip), model(clip)):
                torch.testing.assert_close(found, expected)


class Stem(nn.Module):
    """A convolution, then what a test needs."""

    def __init__(self, *layers, repeat=1, **marks):
        super().__init__()
        self.conv = nn.Conv3d(3, 4, (1, 2, 2), (1, 2, 2))
        self.layers = nn.ModuleList(layers)
        self.repeat = repeat
        for key, value in marks.items():
            setattr(self, key, value)

    def forward(self, x):
        """Run the layers in order."""
        x = self.conv(x)
        for _ in range(self.repeat):
            for layer in self.layers:
                x = layer(x)
        return x


class Recomputed(nn.Module):
    """A layer that saves memory in the old way."""

    def __init__(self, reentrant):
        super().__init__()
        self.norm = nn.BatchNorm3d(4)
        self.reentrant = reentrant

    def forward(self, x):
        """Recompute the norm layer in the backward pass."""
        return torch.utils.checkpoint.checkpoint(
            self.norm, x, use_reentrant=self.reentrant
        )


def stem(taps, *layers, **kwargs):
    marks = kwargs.pop('marks', {})
    base = dict(type=lambda: Stem(*layers, **marks))
    return MODELS.build(dict(type='TapBackbone', base=base, taps=taps, **kwargs))


CLIP = (2, 3, 4, 8, 8)


def test_a_recomputed_part():
    """Both copies of the outputs: none is kept after the backward pass."""
    model = stem(['layers.0.norm'], Recomputed(False)).train()
    (found,) = model(torch.randn(CLIP))
    found.mean().backward()
    assert model.base.conv.weight.grad.any() and model.recorder.outputs == {}
    model = stem(['layers.0.norm'], Recomputed(True)).train()
    with pytest.raises(ValueError, match='runs without gradients.*with_cp=False'):
        model(torch.randn(CLIP))


def test_other_layouts():
    """Channels last and tokens of a network that is not known."""

    class Permuted(nn.Module):
        def __init__(self, *axes):
            super().__init__()
            self.axes = axes

        def forward(self, x):
            x = x.permute(self.axes)
            return x.flatten(1, 3) if self.axes[-1] == 1 and self.axes[0] == 0 else x

    x = torch.randn(CLIP)
    model = stem(['conv', 'layers.0'], Permuted(0, 2, 3, 4, 1), layout=[None, 'NLC'])
    plain, tokens = model(x)
    assert plain.shape == (2, 4, 4, 4, 4) and torch.equal(plain, tokens)
    model = stem(['layers.0'], nn.LayerNorm(4), nn.Identity(), layout='NTHWC')
    (found,) = model(x)
    assert torch.equal(found, model.base(x).permute(0, 4, 1, 2, 3))
    model = stem(['layers.0'], nn.Flatten(2), layout='NLC', stride=(4, 8, 2))
    # 4 channels as tokens of 1 x 1 x 4 cells.
    assert model(x)[0].shape == (2, 64, 1, 1, 4)


class Timm(nn.Module):
    """The interface of timm's models, with two extra tokens or channels last."""

    num_prefix_tokens = 2

    def __init__(self, name, num_classes=1000, **options):
        super().__init__()
        self.patch_embed = nn.Conv2d(3, 4, 8, 8)
        self.block = nn.Identity()
        self.head = nn.Linear(4, num_classes) if num_classes else nn.Identity()
        self.output_fmt = 'NHWC' if 'swin' in name else 'NLC'

    def forward_features(self, x):
        """Tokens or a map, without the head."""
        x = self.patch_embed(x).permute(0, 2, 3, 1)
        if self.output_fmt == 'NLC':
            x = x.flatten(1, 2)
            x = torch.cat((torch.ones_like(x[:, :2]), x), 1)
        return self.block(x)

    def forward(self, x):
        """Not used."""
        raise AssertionError


@pytest.mark.parametrize('name', ['vit', 'swin'])
def test_timm(monkeypatch, name):
    monkeypatch.setattr(Timm, '__module__', 'timm.models')
    monkeypatch.setitem(sys.modules, 'timm', SimpleNamespace(create_model=Timm))
    model = MODELS.build(
        dict(type='TapBackbone', base=dict(type=f'timm.{name}'), taps=['block'])
    )
    assert isinstance(model.base.head, nn.Identity)
    model.init_weights()
    x = torch.randn(6, 3, 16, 24)
    (found,) = model(x)
    torch.testing.assert_close(found, model.base.patch_embed(x))


def test_a_missing_package(monkeypatch):
    monkeypatch.setitem(sys.modules, 'timm', None)
    with pytest.raises(ImportError, match='base=timm.vit needs timm.*pip install timm'):
        MODELS.build(
            dict(type='TapBackbone', base=dict(type='timm.vit'), taps=['block'])
        )


@pytest.mark.parametrize(
    'change, error, message',
    [
        (dict(base=None), TypeError, 'TapBackbone: base is None'),
        (dict(taps='blocks.1'), TypeError, "taps='blocks.1' is a str"),
        (dict(taps=[]), ValueError, 'taps is empty'),
        (dict(taps=[1]), TypeError, r'taps=\[1\] contains 1; give names'),
        (dict(taps=['blocks.1'] * 2), ValueError, 'has a name twice'),
        (
            dict(taps=['blocks.7']),
            ValueError,
            "taps: base=VisionTransformer has no module 'blocks.7'.*blocks.2",
        ),
        (dict(taps=['']), ValueError, "has no module ''"),
        (
            dict(taps=['blocks']),
            ValueError,
            "'blocks' of base=VisionTransformer is a list.*from blocks.0 to blocks.2",
        ),
        (dict(drop=['norm9']), ValueError, "drop: .* has no module 'norm9'; near"),
        (dict(layout='NC'), ValueError, "layout='NC' is not known.*'NCTHW'"),
        (dict(layout=['NLC']), ValueError, 'has 1 items; it must have 2'),
        (dict(stride=(2, 8)), ValueError, r'stride=\(2, 8\) has 2 items'),
        (dict(stride=(2, 8, 0)), ValueError, 'stride=0 is outside'),
    ],
)
def test_mistakes(change, error, message):
    with pytest.raises(error, match=f'TapBackbone: {message}|{message}'):
        build('VideoMAE', **change)


@pytest.mark.parametrize(
    'taps, layers, marks, message',
    [
        (['layers.0'], [nn.ReLU()], dict(repeat=2), "'layers.0' is called more than"),
        (
            ['spare'],
            [],
            dict(spare=nn.ReLU()),
            "'spare' is not called in a forward pass of base=Stem; choose",
        ),
        (
            ['layers.0'],
            [nn.Sequential(nn.AdaptiveAvgPool3d(1), nn.Flatten())],
            {},
            r"'layers.0' returns a tensor of shape \(2, 4\), not a map",
        ),
        (
            ['layers.0'],
            [nn.BatchNorm3d(4), nn.ReLU(inplace=True)],
            {},
            "'layers.0' is changed in-place by a later module, e.g. by ReLU",
        ),
        (
            ['layers.0'],
            [nn.Flatten(2)],
            {},
            r"has shape \(2, 4, 64\), which does not fit layout='NLC' and \(4, 4, 4\) "
            'cells .* set layout to one of .*and stride',
        ),
    ],
)
def test_modules_without_a_map(taps, layers, marks, message):
    with pytest.raises(ValueError, match=f'TapBackbone: .*{message}'):
        stem(taps, *layers, marks=marks)(torch.randn(CLIP))


def test_a_recognizer_needs_a_neck():
    model = SimpleNamespace(neck=None)
    with pytest.raises(ValueError, match='SimpleNamespace has no neck.*KPSEM'):
        build('VideoMAE').check_model(model)
