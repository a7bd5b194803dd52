"""The converter of TDN weights, against a twin with the public names."""

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.runner import load_checkpoint

from mmvkp.hosts import convert_tdn as tool

from ..cli import run
from . import public_tdn as twin


def recognizer(depth, frames, num_classes=7, head='TSNHead'):
    segments = dict(num_segments=frames) if head == 'TSMHead' else {}
    return MODELS.build(
        dict(
            type='Recognizer2D',
            backbone=dict(type='ResNetTDN', depth=depth, num_segments=frames),
            cls_head=dict(
                type=head, num_classes=num_classes, in_channels=2048, **segments
            ),
        )
    )


@pytest.fixture(scope='module')
def video():
    return twin.public_weights(50)


def write(path, weights, **beside):
    torch.save(dict(beside, state_dict=weights) if beside else weights, path)
    return str(path)


def test_the_twin_has_the_size_of_the_paper():
    """24.41 M at 174 classes, without the unused stems."""
    sizes = [
        torch.Size(shape).numel()
        for name, shape in twin.public_shapes(50, 174, unused=0)
        if 'running' not in name and 'tracked' not in name
    ]
    assert sum(sizes) == 24410574


@pytest.mark.parametrize('depth, unused', [(50, 0), (50, 2), (101, 1)])
def test_names_are_a_bijection_with_the_right_shapes(depth, unused):
    public = {
        name: torch.empty(shape, device='meta')
        for name, shape in twin.public_shapes(depth, 174, unused)
    }
    result = tool.convert(public)
    # No two of ours share a tensor; only the unused stems are left over.
    by_tensor = {id(value): name for name, value in public.items()}
    found = [by_tensor[id(value)] for value in result.state_dict.values()]
    left = set(public) - set(found)
    assert len(found) == len(set(found)) and len(left) == 2 * unused
    assert all(name.startswith('base_model.conv1_temp') for name in left)
    with torch.device('meta'):
        model = recognizer(depth, 8, 174)
    shapes = {name: value.shape for name, value in model.state_dict().items()}
    assert shapes == {name: value.shape for name, value in result.state_dict.items()}


@pytest.mark.parametrize('num, frames, head', [(1, 8, 'TSMHead'), (2, 3, 'TSNHead')])
def test_scores_equal_those_of_the_twin(video, num, frames, head):
    """Videos of a size that pools to odd ones."""
    model = recognizer(50, frames, head=head).double()
    model.load_state_dict(tool.convert(video).state_dict)
    model.eval()
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(num, frames, 15, 64, 80, dtype=torch.float64, generator=generator)
    with torch.no_grad():
        expected = twin.Twin(video, frames).scores(x.flatten(0, 1))
        scores = model(x, stage='head')
    assert expected.std() > 0.01
    assert torch.allclose(scores, expected, rtol=0, atol=1e-5)


def test_saved_file_loads_strictly(video, tmp_path, capsys):
    given = {
        f'module.{name}': value.float() if value.is_floating_point() else value
        for name, value in video.items()
    }
    source = write(
        tmp_path / 'in.pth.tar', given, epoch=60, arch='resnet50', prec1=52.3
    )
    out = tmp_path / 'new' / 'out.pth'
    assert run('weights', 'tdn', source, out) == 0
    text = capsys.readouterr().out
    assert f'{len(video) - 2} tensors from {source}' in text
    assert 'network: ResNetTDN(depth=50); set num_segments as in the training' in text
    assert 'classifier: 7 classes, as cls_head.fc_cls' in text
    assert 'left out: base_model.conv1_temp (2)' in text
    assert 'ignored: epoch, arch, prec1' in text
    model = recognizer(50, 8)
    load_checkpoint(model, str(out), map_location='cpu', strict=True)
    assert torch.equal(model.cls_head.fc_cls.bias, video['new_fc.bias'].float())
    assert torch.equal(
        model.backbone.layer3[4].temporal_conv.weight,
        video['base_model.layer3_bak.4.shift.conv.weight'].float(),
    )
    assert sorted(path.name for path in out.parent.iterdir()) == ['out.pth']


def test_classifier_inside_the_network_or_none(video):
    given = dict(video)
    weight = given.pop('new_fc.weight')
    bias = given.pop('new_fc.bias')
    result = tool.convert(given)
    assert 'classifier: none' in result.report
    assert not [name for name in result.state_dict if 'cls_head' in name]
    given['base_model.fc.weight'], given['base_model.fc.bias'] = weight, bias
    assert tool.convert(given).state_dict['cls_head.fc_cls.weight'] is weight


def test_all_that_does_not_fit_is_named_at_once(video, tmp_path, capsys):
    given = dict(video)
    del given['base_model.layer2_bak.0.mse.bn3.bias'], given['new_fc.bias']
    given['base_model.layer5_bak.0.conv1.weight'] = torch.zeros(2)
    given['base_model.conv1_5.0.weight'] = torch.zeros(64, 3, 7, 7)
    del given['base_model.bn1.num_batches_tracked']
    out = tmp_path / 'out.pth'
    assert run('weights', 'tdn', write(tmp_path / 'in.pth', given), out) == 1
    text = capsys.readouterr().err
    assert text.startswith('mmvkp weights tdn: error: These are not the weights')
    assert '2 missing: base_model.layer2_bak.0.mse.bn3.bias, new_fc.bias; ' in text
    assert '1 not part of TDN-ResNet-50: base_model.layer5_bak.0.conv1' in text
    assert 'conv1_5.0.weight: (64, 3, 7, 7), not (64, 12, 7, 7)' in text
    assert not out.exists() and not list(tmp_path.glob('*.tmp'))


@pytest.mark.parametrize(
    'content, message',
    [
        (
            {'conv1.weight': torch.zeros(3)},
            'They have 0 blocks base_model.layer3_bak.* instead of 6 or 23 and '
            "begin with ['conv1.weight']",
        ),
        ({'state_dict': {}}, 'contains no dict of weights'),
    ],
)
def test_other_content(tmp_path, capsys, content, message):
    out = tmp_path / 'out.pth'
    assert run('weights', 'tdn', write(tmp_path / 'in.pth', content), out) == 1
    text = capsys.readouterr().err
    assert message in text and 'MCG-NJU/TDN' in text
    assert not out.exists()


def test_missing_file_and_own_input(tmp_path, capsys):
    assert run('weights', 'tdn', str(tmp_path / 'gone'), 'out.pth') == 1
    assert 'gone: no such file; download it' in capsys.readouterr().err
    source = write(tmp_path / 'in.pth', {'a': torch.zeros(1)})
    assert run('weights', 'tdn', source, str(tmp_path / '.' / 'in.pth')) == 1
    assert 'OUT is IN' in capsys.readouterr().err


def test_classes_of_something_something_are_not_guessed(video, tmp_path, capsys):
    """The authors sort the names, so 'a1' is their class 1 and 'a26' class 18."""
    given = dict(video)
    given['new_fc.weight'] = torch.arange(27.0)[:, None].repeat(1, 2048)
    given['new_fc.bias'] = torch.arange(27.0)
    source = write(tmp_path / 'in.pth', given)
    out = tmp_path / 'out.pth'
    assert run('weights', 'tdn', source, out) == 1
    assert '27 classes, as Jester' in capsys.readouterr().err and not out.exists()
    names = tmp_path / 'names.txt'
    names.write_text(''.join(f'a{i}\n' for i in range(27)))
    assert run('weights', 'tdn', source, out, '--classes', names) == 0
    assert '2 of 27 keep their number' in capsys.readouterr().out
    bias = torch.load(out)['state_dict']['cls_head.fc_cls.bias']
    # a0 a1 a10 a11 ... a19 a2 a20 ... a26 a3 ... a9
    assert bias[[0, 1, 2, 10, 26, 3, 9]].tolist() == [0, 1, 12, 2, 19, 20, 26]
    assert run('weights', 'tdn', source, out, '--keep-order') == 0
    bias = torch.load(out)['state_dict']['cls_head.fc_cls.bias']
    assert torch.equal(bias, given['new_fc.bias'])
