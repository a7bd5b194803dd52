"""The converter of MFNet weights, against a twin with the public names."""

from pathlib import Path

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.runner import load_checkpoint

from mmvkp.hosts import convert_mfnet as tool
from mmvkp.recognition.checkpoints import read_state_dict

from ..cli import run
from . import naive_mfnet as twin

ROOT = Path(__file__).resolve().parents[2]

# Counted from STAGES: every unit has four convolutions with their norms, the
# first of a stage a fifth; four entries of a norm and one kernel each.
CONVS = 16 * 4 + 4
ENTRIES = CONVS * 5 + 5 + 4  # conv1 with its norm, norm of the tail
NORMS = CONVS + 2
TEMPORAL = 16 + 1  # 3 x 3 x 3 kernels, and conv1


def recognizer(num_classes, **backbone):
    cfg = Config.fromfile(str(ROOT / 'configs/_base_/models/mfnet.py'))
    cfg.model.cls_head.num_classes = num_classes
    if backbone:
        cfg.model.backbone.update(backbone)
    return MODELS.build(cfg.model)


def write(path, weights, **beside):
    torch.save(dict(beside, state_dict=weights) if beside else weights, path)
    return str(path)


@pytest.fixture(scope='module')
def weights():
    return twin.public_weights(num_classes=7)


@pytest.fixture(scope='module')
def images():
    return twin.public_weights(num_classes=1000, ndim=2)


def test_the_twin_has_the_published_size():
    sizes = [
        torch.Size(shape).numel()
        for name, shape in twin.public_shapes(400)
        if 'running' not in name
    ]
    assert sum(sizes) == 7996368
    assert len(list(twin.public_shapes(400))) == ENTRIES + 2


def test_every_entry_arrives_under_our_name(weights):
    result = tool.convert(weights)
    assert result.meta == dict(kind='3d')
    assert result.report[0] == 'kind: 3d, 0 kernels inflated'
    assert result.report[2] == 'left out: nothing'
    assert result.report[3] == f'num_batches_tracked set to 0: {NORMS}'
    back = {'cls_head.fc_cls': 'classifier', 'backbone.tail.0': 'tail.bn'}
    back.update({'backbone.stem.0': 'conv1.conv', 'backbone.stem.1': 'conv1.bn'})
    for stage, depth in enumerate((3, 4, 6, 3)):
        for unit in range(depth):
            theirs = f'conv{stage + 2}.B0{unit + 1}.conv_'
            for ours, letter in (
                ('mix_in', 'i1'),
                ('mix_out', 'i2'),
                ('conv1', 'm1'),
                ('conv2', 'm2'),
                ('shortcut', 'w1'),
            ):
                start = f'backbone.stages.{stage}.{unit}.{ours}'
                back[f'{start}.norm'] = f'{theirs}{letter}.bn'
                back[f'{start}.conv'] = f'{theirs}{letter}.conv'
    restored = {}
    for name, value in result.state_dict.items():
        module, entry = name.rsplit('.', 1)
        if entry == 'num_batches_tracked':
            assert value == 0 and value.dtype == torch.int64
        else:
            restored[f'{back[module]}.{entry}'] = value
    assert restored.keys() == weights.keys()
    for name, value in weights.items():
        assert torch.equal(restored[name], value), name


def test_scores_equal_those_of_the_twin(weights):
    # Four frames of 64 x 64: conv5 still has 2 x 2 x 2 cells.
    model = recognizer(7).double().eval()
    model.load_state_dict(tool.convert(weights).state_dict)
    x = torch.randn(
        1, 3, 4, 64, 64, dtype=torch.float64, generator=torch.Generator().manual_seed(1)
    )
    with torch.no_grad():
        expected = twin.naive_mfnet(weights, x)
        scores = model.cls_head(model.backbone(x))
    assert expected.std() > 0.1  # else 1e-5 would say nothing
    assert torch.allclose(scores, expected, rtol=0, atol=1e-5)


def test_saved_file_loads_strictly(weights, tmp_path, capsys):
    single = {name: value.float() for name, value in weights.items()}
    source = write(tmp_path / 'in.pth', single, epoch=3, optimizer={'lr': 0.1})
    out = tmp_path / 'new' / 'out.pth'
    assert run('weights', 'mfnet', source, out) == 0
    text = capsys.readouterr().out
    assert f'{ENTRIES + NORMS + 2} tensors' in text
    assert '7 classes, as cls_head.fc_cls' in text
    assert f'num_batches_tracked set to 0: {NORMS}' in text
    assert 'ignored: epoch, optimizer' in text
    model = recognizer(7)
    load_checkpoint(model, str(out), map_location='cpu', strict=True)
    assert torch.equal(
        model.backbone.tail[0].running_var, single['tail.bn.running_var']
    )
    assert torch.equal(model.cls_head.fc_cls.bias, single['classifier.bias'])
    assert sorted(path.name for path in out.parent.iterdir()) == ['out.pth']


def test_recipe_loads_the_file_into_its_backbone(weights, tmp_path):
    source = write(tmp_path / 'in.pth', weights)
    out = str(tmp_path / 'out.pth')
    assert run('weights', 'mfnet', source, out) == 0
    model = recognizer(5, init_cfg=dict(checkpoint=out))
    model.init_weights()
    kernel = weights['conv5.B03.conv_m2.conv.weight'].float()
    assert torch.equal(model.backbone.stages[3][2].conv2.conv.weight, kernel)


def test_data_parallel_names_are_read(weights, tmp_path):
    given = {f'module.{name}': value for name, value in weights.items()}
    given['module.tail.bn.num_batches_tracked'] = torch.tensor(12)
    source = tmp_path / 'in.pth'  # in the format of the time of the weights
    torch.save(given, source, _use_new_zipfile_serialization=False)
    read, beside = read_state_dict(str(source), tool.PAGE)
    assert beside == []
    assert read.keys() == weights.keys() | {'tail.bn.num_batches_tracked'}
    result = tool.convert(read)
    assert result.report[3] == f'num_batches_tracked set to 0: {NORMS - 1}'
    assert result.state_dict['backbone.tail.0.num_batches_tracked'] == 12


def test_weights_without_classifier(weights):
    result = tool.convert(
        {name: value for name, value in weights.items() if 'classifier' not in name}
    )
    assert len(result.state_dict) == ENTRIES + NORMS
    assert all(name.startswith('backbone.') for name in result.state_dict)


def test_inflation_by_hand():
    kernel = torch.tensor([[[[3.0, 6.0], [9.0, 12.0]]]])
    expected = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    inflated = tool.inflate(kernel, 3)
    assert inflated.shape == (1, 1, 3, 2, 2)
    for time in range(3):
        assert torch.equal(inflated[0, 0, time], expected)


def test_images_are_inflated(images):
    result = tool.convert(images)
    assert result.meta == dict(kind='2d')
    assert result.report[0] == f'kind: 2d, {TEMPORAL} kernels inflated'
    assert result.report[1:3] == [
        'classifier: none',
        'left out: classifier.weight, classifier.bias',
    ]
    out = result.state_dict
    assert len(out) == ENTRIES + NORMS
    stem = out['backbone.stem.0.weight']
    assert stem.shape == (16, 3, 3, 5, 5)
    third = images['conv1.conv.weight'] / 3
    assert all(torch.equal(stem[:, :, time], third) for time in range(3))
    # 1 x 3 x 3: no time to spread over.
    assert torch.equal(
        out['backbone.stages.1.2.conv2.conv.weight'][:, :, 0],
        images['conv3.B03.conv_m2.conv.weight'],
    )
    assert torch.equal(
        out['backbone.stages.1.2.conv2.norm.bias'], images['conv3.B03.conv_m2.bn.bias']
    )
    model = recognizer(3).double()
    left = model.load_state_dict(out, strict=False)
    assert left.unexpected_keys == []
    assert left.missing_keys == ['cls_head.fc_cls.weight', 'cls_head.fc_cls.bias']


def test_all_that_does_not_fit_is_named_at_once(weights, tmp_path, capsys):
    given = dict(weights)
    del given['conv3.B02.conv_i1.bn.bias'], given['classifier.bias']
    given['conv2.B04.conv_i1.bn.bias'] = torch.zeros(24)
    given['tail.bn.weight'] = torch.zeros(767)
    out = tmp_path / 'out.pth'
    assert run('weights', 'mfnet', write(tmp_path / 'in.pth', given), out) == 1
    text = capsys.readouterr().err
    assert '2 missing: conv3.B02.conv_i1.bn.bias, classifier.bias; ' in text
    assert '1 not part of MFNet: conv2.B04.conv_i1.bn.bias; ' in text
    assert '1 of another shape: tail.bn.weight: (767,), not (768,)' in text
    assert 'unchanged checkpoint of https://github.com/cypw' in text
    assert not out.exists() and not list(tmp_path.glob('*.tmp'))


def test_kind_that_is_not_that_of_the_file(weights, images):
    with pytest.raises(
        ValueError,
        match=r'conv1.conv.weight: \(16, 3, 5, 5'
        r'\), not \(16, 3, 3, 5, 5\)',
    ):
        tool.convert(images, '3d')
    with pytest.raises(ValueError, match='--kind 2d for image weights'):
        tool.convert(weights, '2d')


@pytest.mark.parametrize(
    'content, message',
    [
        (
            {'layer1.weight': torch.zeros(3)},
            "conv1.conv.weight is missing. It begins with ['layer1.weight']",
        ),
        (
            {'conv1.conv.weight': torch.zeros(3)},
            'has shape (3,), which is neither a 2D nor a 3D kernel',
        ),
        ({'state_dict': 'text'}, 'contains no dict of weights'),
        ({'state_dict': {}}, 'contains no dict of weights'),
        ([torch.zeros(3)], 'contains no dict of weights'),
    ],
)
def test_other_content(tmp_path, capsys, content, message):
    torch.save(content, tmp_path / 'in.pth')
    out = tmp_path / 'out.pth'
    assert run('weights', 'mfnet', str(tmp_path / 'in.pth'), out) == 1
    assert message in capsys.readouterr().err
    assert not out.exists()


class Attack:
    """Writes a file when it is unpickled without care."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


def test_a_file_that_runs_code_is_refused(weights, tmp_path, capsys):
    mark, out = tmp_path / 'mark', tmp_path / 'out.pth'
    source = write(tmp_path / 'in.pth', weights, epoch=Attack(mark))
    assert run('weights', 'mfnet', source, out) == 1
    text = capsys.readouterr().err
    assert 'it was not loaded, because such a file can run code' in text
    assert 'Download the weights again' in text
    assert not mark.exists() and not out.exists()
    torch.load(source, weights_only=False)  # the attack is a real one
    assert mark.exists()


def test_no_checkpoint_at_all(tmp_path, capsys):
    page, out = tmp_path / 'page.pth', tmp_path / 'out.pth'
    page.write_text('<html>sign in</html>')
    assert run('weights', 'mfnet', str(page), out) == 1
    assert 'not a checkpoint' in capsys.readouterr().err
    page.write_bytes(b'')
    assert run('weights', 'mfnet', str(page), out) == 1
    assert 'not a readable checkpoint' in capsys.readouterr().err
    assert run('weights', 'mfnet', str(tmp_path / 'gone.pth'), out) == 1
    assert 'gone.pth: no such file; download it' in capsys.readouterr().err
    assert not out.exists()


def test_input_is_not_overwritten(weights, tmp_path, capsys):
    source = write(tmp_path / 'in.pth', weights)
    before = Path(source).read_bytes()
    assert run('weights', 'mfnet', source, str(tmp_path / '.' / 'in.pth')) == 1
    assert 'OUT is IN' in capsys.readouterr().err
    assert Path(source).read_bytes() == before


def test_failed_writing_leaves_nothing(weights, tmp_path, monkeypatch, capsys):

    def full(content, path):
        Path(path).write_bytes(b'half')
        raise OSError('disk full')

    source = write(tmp_path / 'in.pth', weights)
    monkeypatch.setattr(torch, 'save', full)
    assert run('weights', 'mfnet', source, str(tmp_path / 'out.pth')) == 1
    assert 'disk full' in capsys.readouterr().err
    assert sorted(p.name for p in tmp_path.iterdir()) == ['in.pth']
