"""Converter of AFNet weights, compared with a network that uses public names."""

from pathlib import Path

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.runner import load_checkpoint

from mmvkp.afnet.convert import PAGE, convert, find_kind
from mmvkp.recognition.checkpoints import convert_file

from . import public_afnet as twin

ROOT = Path(__file__).resolve().parents[2]

FRAMES = 4
# The published counts (ImageNet, 1000 classes, no navigation modules).
PUBLISHED = {'r50': 24889640, 'r101': 35870120, 'mbv3': 5564367}


def recognizer(network, num_classes, frames=FRAMES, **backbone):
    """The recipe's model with these weights' number of frames."""
    model = 'af_mbv3' if network == 'mbv3' else 'af_r50'
    cfg = Config.fromfile(str(ROOT / f'configs/_base_/models/{model}.py'))
    cfg.model.cls_head.num_classes = num_classes
    cfg.model.neck.num_segments = frames
    cfg.model.backbone.update(num_segments=frames, init_cfg=None, **backbone)
    if network == 'r101':
        cfg.model.backbone.depth = 101
    if backbone.get('selection_cfg') == dict(policy='all'):
        cfg.model.neck.ratio_loss = None
    return MODELS.build(cfg.model)


def write(path, weights, **beside):
    torch.save(dict(beside, state_dict=weights) if beside else weights, path)
    return str(path)


def convert_checkpoint(source, out):
    convert_file('convert_afnet', PAGE, source, out, convert)


@pytest.fixture(scope='module')
def video():
    return twin.public_weights('r50', FRAMES)


@pytest.fixture(scope='module')
def mobile():
    return twin.public_weights('mbv3', FRAMES)


@pytest.mark.parametrize('network', ['r50', 'r101', 'mbv3'])
def test_the_twin_has_the_published_size(network):
    sizes = [
        torch.Size(shape).numel()
        for name, shape in twin.public_shapes(network, 0, 1000)
        if 'running' not in name and 'tracked' not in name
    ]
    assert sum(sizes) == PUBLISHED[network]


@pytest.mark.parametrize(
    'network, frames',
    [
        ('r50', 12),
        ('r50', 0),
        ('r101', 8),
        ('r101', 0),
        ('mbv3', 12),
        ('mbv3', 0),
        ('plain', 0),
    ],
)
def test_names_are_a_bijection_with_the_right_shapes(network, frames):
    public = {
        name: torch.empty(shape, device='meta')
        for name, shape in twin.public_shapes(network, frames, 174)
    }
    result = convert(public)
    # No two of ours share a tensor, and none is left over.
    by_tensor = {id(value): name for name, value in public.items()}
    found = [by_tensor[id(value)] for value in result.state_dict.values()]
    assert sorted(found) == sorted(public)
    assert result.report[-1] == 'num_batches_tracked set to 0: 0'
    kind = find_kind(public)
    assert kind.frames == frames and kind.classes == 174
    with torch.device('meta'):
        selection = dict(reading='released_code') if frames else dict(policy='all')
        model = recognizer(
            network,
            174,
            frames or 1,
            selection_cfg=selection,
            **(dict(arch_cfg=dict(two_branches=False)) if network == 'plain' else {}),
        )
    shapes = {name: value.shape for name, value in model.state_dict().items()}
    assert shapes == {name: value.shape for name, value in result.state_dict.items()}


@pytest.mark.parametrize('shift', [False, True])
def test_scores_equal_those_of_the_twin(video, shift):
    model = (
        recognizer(
            'r50',
            7,
            with_shift=shift,
            selection_cfg=dict(reading='released_code', noise=False),
        )
        .double()
        .eval()
    )
    model.load_state_dict(convert(video).state_dict)
    check_scores(
        model, twin.Twin(video, FRAMES, shift), lambda net, x: net.resnet(x, 50)
    )


def test_scores_of_the_mobile_network_equal_those_of_the_twin(mobile):
    model = (
        recognizer('mbv3', 7, selection_cfg=dict(reading='released_code', noise=False))
        .double()
        .eval()
    )
    model.load_state_dict(convert(mobile).state_dict)
    check_scores(
        model, twin.Twin(mobile, FRAMES, True), lambda net, x: net.mobilenet(x)
    )


def check_scores(model, naive, forward):
    """Two videos of 64 x 64; masks and scores must agree."""
    x = torch.randn(
        2,
        FRAMES,
        3,
        64,
        64,
        dtype=torch.float64,
        generator=torch.Generator().manual_seed(1),
    )
    with torch.no_grad():
        expected = forward(naive, x.flatten(0, 1))
        masks = model(x, stage='backbone')[-1]
        scores = model(x, stage='head')
    assert torch.equal(masks.double(), torch.stack(naive.masks, 1))
    assert 0.2 < masks.mean() < 0.8  # else skipping would not be seen
    assert expected.std() > 0.01
    assert torch.allclose(scores, expected, rtol=0, atol=1e-6)


def test_saved_file_loads_strictly(video, tmp_path, capsys):
    given = {
        f'module.{name}': value.float() if value.is_floating_point() else value
        for name, value in video.items()
    }
    source = write(
        tmp_path / 'in.pth.tar', given, epoch=55, best_prec1=49.9, optimizer={'lr': 0.1}
    )
    out = tmp_path / 'new' / 'out.pth'
    convert_checkpoint(source, str(out))
    text = capsys.readouterr().out
    assert f'{len(video)} tensors' in text and 'network: AF-ResNet-50' in text
    assert '7 classes, as cls_head.fc_cls' in text
    assert "4 frames; test it with selection_cfg=dict(reading='rel" in text
    assert 'ignored: epoch, best_prec1, optimizer' in text
    model = recognizer('r50', 7, selection_cfg=dict(reading='released_code'))
    load_checkpoint(model, str(out), map_location='cpu', strict=True)
    assert torch.equal(model.cls_head.fc_cls.bias, video['new_fc.bias'].float())
    assert sorted(path.name for path in out.parent.iterdir()) == ['out.pth']


def test_a_recipe_starts_from_weights_of_imagenet(tmp_path, capsys):
    images = twin.public_weights('r50', num_classes=10)
    del images['bn1.num_batches_tracked']
    out = str(tmp_path / 'out.pth')
    convert_checkpoint(write(tmp_path / 'in.pth', images), out)
    said = capsys.readouterr().out
    assert 'navigation: none' in said and 'tracked set to 0: 1' in said
    model = recognizer('r50', 5, 12)
    model.backbone.init_cfg = dict(
        type='Pretrained', checkpoint=out, prefix='backbone.'
    )
    navigation = model.backbone.layer3.navigation[4].mix.weight.clone()
    model.init_weights()
    kernel = images['layer3.refine_module.4.conv2.weight'].float()
    assert torch.equal(model.backbone.layer3.focal[4].path.conv2.weight, kernel)
    # What ImageNet does not have keeps its own start.
    mix = model.backbone.layer3.navigation[4].mix
    assert torch.equal(mix.weight, navigation)
    assert mix.bias[0::2].eq(1).all() and mix.bias[1::2].eq(10).all()


def test_all_that_does_not_fit_is_named_at_once(video, tmp_path):
    given = dict(video)
    del given['base_model.layer1.list_gen.0.bn.bias'], given['new_fc.bias']
    given['base_model.layer1.list_gen.2.bn.bias'] = torch.zeros(2)
    given['base_model.layer2.att_gen.fc.0.weight'] = torch.zeros(32, 511)
    out = tmp_path / 'out.pth'
    with pytest.raises(ValueError) as caught:
        convert_checkpoint(write(tmp_path / 'in.pth', given), str(out))
    text = str(caught.value)
    assert '2 missing: base_model.layer1.list_gen.0.bn.bias, new_fc.bias; ' in text
    assert '1 not part of AF-ResNet-50: base_model.layer1.list_gen.2.bn' in text
    assert 'att_gen.fc.0.weight: (32, 511), not (32, 512)' in text
    assert not out.exists() and not list(tmp_path.glob('*.tmp'))


@pytest.mark.parametrize(
    'content, message',
    [
        ({'conv1.weight': torch.zeros(3)}, "they begin with ['conv1.weight']"),
        ({'state_dict': {}}, 'contains no dict of weights'),
    ],
)
def test_other_content(tmp_path, content, message):
    out = tmp_path / 'out.pth'
    with pytest.raises(ValueError) as caught:
        convert_checkpoint(write(tmp_path / 'in.pth', content), str(out))
    text = str(caught.value)
    assert message in text and 'BeSpontaneous/AFNet-pytorch' in text
    assert not out.exists()


class Attack:
    """Writes a file when it is unpickled without care."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


def test_a_file_that_runs_code_is_refused(tmp_path):
    mark, out = tmp_path / 'mark', tmp_path / 'out.pth'
    source = write(tmp_path / 'in.pth', {}, epoch=Attack(mark))
    with pytest.raises(ValueError, match='it was not loaded'):
        convert_checkpoint(source, str(out))
    assert not mark.exists() and not out.exists()


def test_input_is_not_overwritten(tmp_path):
    source = write(tmp_path / 'in.pth', {'a': torch.zeros(1)})
    with pytest.raises(ValueError, match='OUT is IN'):
        convert_checkpoint(source, str(tmp_path / '.' / 'in.pth'))
    with pytest.raises(FileNotFoundError, match='gone: '):
        convert_checkpoint(str(tmp_path / 'gone'), 'out.pth')
