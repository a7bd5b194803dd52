"""Checkpoints that do not fit, loaded in every way."""

import copy
import logging

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.runner import load_checkpoint

from mmvkp.afnet.checkpoint_check import find_selection
from mmvkp.recognition.loading import load_recognizer

from .af_networks import small_mobilenet, small_resnet
from .af_runs import MODEL, runner_of_a_test, training
from .tiny_af import af_config

RELEASED = dict(reading='released_code')
ALL = dict(policy='all')
HOOKS = [dict(type='SelectionRecordHook')]


def weights(**kwargs):
    """Weights of a backbone."""
    return small_resnet(**kwargs).state_dict()


def changed(model=MODEL, head=None, **backbone):
    """The model with other arguments."""
    model = copy.deepcopy(model)
    model['backbone'].update(backbone)
    model['neck']['num_segments'] = model['backbone']['num_segments']
    model['cls_head'].update(head or {})
    return model


def write(path, model):
    """Checkpoint of a recognizer."""
    torch.save(dict(state_dict=MODELS.build(model).state_dict()), path)
    return str(path)


@pytest.mark.parametrize(
    'build, kwargs, expected',
    [
        (small_resnet, dict(), (4, 3, 'dense', 'output', False)),
        (small_resnet, dict(selection_cfg=RELEASED), (4, 3, 'grouped', 'input', False)),
        (small_resnet, dict(num_segments=1), (1, 3, None, 'output', False)),
        (
            small_resnet,
            dict(selection_cfg=dict(placement='first'), spatial_cfg=dict()),
            (4, 1, 'dense', 'output', True),
        ),
        (small_resnet, dict(selection_cfg=ALL), (0, 0, None, None, False)),
        (small_mobilenet, dict(), (4, 5, 'dense', 'output', False)),
        (
            small_mobilenet,
            dict(num_segments=8, selection_cfg=RELEASED),
            (8, 5, 'grouped', 'input', False),
        ),
    ],
)
def test_the_selection_is_inferred_from_shapes(build, kwargs, expected):
    state = build(**kwargs).state_dict()
    assert (
        find_selection({name: each.shape for name, each in state.items()}) == expected
    )


@pytest.mark.parametrize(
    'given, own, message',
    [
        (dict(selection_cfg=RELEASED), dict(), r"set selection_cfg=dict\(reading='rel"),
        (dict(), dict(selection_cfg=RELEASED), "remove reading='released_code'"),
        (
            dict(selection_cfg=dict(time_mixing='grouped')),
            dict(),
            r"Set selection_cfg=dict\(time_mixing='grouped'\)",
        ),
        (
            dict(selection_cfg=dict(mask_source='input')),
            dict(),
            r"Set selection_cfg=dict\(mask_source='input'\)",
        ),
        (dict(num_segments=8), dict(), 'with T=8 frames, the model has 4: set num_seg'),
        (dict(selection_cfg=ALL), dict(), 'use backbone.init_cfg='),
        (dict(), dict(selection_cfg=ALL), "dict\\(policy='navigation'"),
        (dict(spatial_cfg=dict()), dict(), 'selects regions: set spatial_cfg'),
        (dict(), dict(spatial_cfg=dict()), 'remove spatial_cfg'),
        (
            dict(selection_cfg=dict(placement='first')),
            dict(),
            r"dict\(placement='first'\)",
        ),
        (
            dict(arch=dict(base_channels=12)),
            dict(),
            'of another shape .first: stem.conv',
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_a_remedy(given, own, message):
    """Also with `strict=False`, which loads the rest."""
    model = small_resnet(**own)
    before = {name: each.clone() for name, each in model.state_dict().items()}
    for strict in (True, False):
        with pytest.raises(
            ValueError, match=f'AFResNet: the checkpoint does.*{message}'
        ):
            model.load_state_dict(weights(**given), strict=strict)
    assert all(torch.equal(before[n], each) for n, each in model.state_dict().items())


def test_what_fits_is_loaded():
    state = weights()
    del state['stem.norm.num_batches_tracked']
    model = small_resnet()
    model.load_state_dict(state, strict=False)
    assert all(torch.equal(state[n], model.state_dict()[n]) for n in state)


def test_missing_and_unknown_entries():
    state = weights()
    del state['layer1.merge.squeeze.weight']
    state['layer9.weight'] = torch.zeros(1)
    with pytest.raises(ValueError, match='1 missing .first: layer1.merge.* 1 unknown'):
        small_resnet().load_state_dict(state, strict=False)


@pytest.mark.parametrize(
    'given, message',
    [
        (dict(selection_cfg=RELEASED, num_segments=4), 'released_code'),
        (dict(num_segments=4), 'with T=4 frames, the model has 2'),
    ],
)
def test_the_runner_refuses_the_weights_of_another_model(tmp_path, given, message):
    file = write(tmp_path / 'other.pth', changed(**given))
    runner = training(tmp_path, 1, [], load_from=file)
    with pytest.raises(ValueError, match=message):
        runner.train()
    runner = runner_of_a_test(tmp_path, HOOKS, dict(type='AccMetric'))
    runner._load_from = file
    with pytest.raises(ValueError, match=message):
        runner.test()
    with pytest.raises(ValueError, match=message):
        load_checkpoint(MODELS.build(MODEL), file)


def test_only_the_classifier_may_have_another_size(tmp_path, caplog):
    file = write(tmp_path / 'seven.pth', changed(head=dict(num_classes=7)))
    runner = runner_of_a_test(tmp_path, HOOKS, dict(type='AccMetric'))
    runner._load_from = file
    with caplog.at_level(logging.WARNING, logger=runner.logger.name):
        runner.logger.addHandler(caplog.handler)
        runner.test()
    assert 'fc_cls.weight: (7, 32), not (3, 32)' in caplog.text
    state = torch.load(file)['state_dict']
    assert torch.equal(
        runner.model.backbone.stem.conv.weight, state['backbone.stem.conv.weight']
    )


@pytest.mark.parametrize('name', ['cls_head.fc_cls.bias', 'backbone.stem.conv.weight'])
def test_nothing_may_be_missing_in_a_test(tmp_path, name):
    state = MODELS.build(MODEL).state_dict()
    del state[name]
    torch.save(dict(state_dict=state), tmp_path / 'part.pth')
    runner = runner_of_a_test(tmp_path, HOOKS, dict(type='AccMetric'))
    runner._load_from = str(tmp_path / 'part.pth')
    with pytest.raises(
        ValueError,
        match=f'1 missing .first: {name.split(".", 1)[-1]}|1 missing .first: {name}',
    ):
        runner.test()


def test_weights_of_images_initialize_only(tmp_path):
    """Missing navigation modules keep their initialization."""
    images = changed(selection_cfg=ALL)
    images['neck']['ratio_loss'] = None
    file = write(tmp_path / 'images.pth', images)
    init = dict(type='Pretrained', checkpoint=file)
    model = MODELS.build(changed(init_cfg=dict(init, prefix='backbone.')))
    model.init_weights()
    state = torch.load(file)['state_dict']
    assert torch.equal(
        model.backbone.stem.conv.weight, state['backbone.stem.conv.weight']
    )
    with pytest.raises(ValueError, match='It has no navigation modules'):
        load_checkpoint(model, file)
    with pytest.raises(ValueError, match="add prefix='backbone.' to init_cfg"):
        MODELS.build(changed(init_cfg=init)).init_weights()


def test_prediction_states_the_remedy(tmp_path):
    file = str(tmp_path / 'released.pth')
    other = MODELS.build(af_config(selection_cfg=RELEASED).model)
    torch.save(other.state_dict(), file)
    with pytest.raises(ValueError, match="released.pth: AFResNet: .*reading='released"):
        load_recognizer(af_config(), file)
