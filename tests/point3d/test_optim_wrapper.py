"""The joint step against optimisers stepped by hand."""

import os

import pytest
import torch
import torch.multiprocessing as mp
from mmaction.registry import OPTIM_WRAPPERS
from mmengine.logging import MessageHub
from mmengine.model import MMDistributedDataParallel
from mmengine.optim import (
    AmpOptimWrapper,
    OptimWrapper,
    OptimWrapperDict,
    build_optim_wrapper,
)
from mmengine.optim.optimizer import amp_optimizer_wrapper
from torch import distributed

from mmvkp.point3d.optim_wrapper import JointOptimWrapperDict

from .two_parts import ADAM, SGD, batches, config, joined, seeded_model, weights

CpuScaler = getattr(torch.amp, 'GradScaler', None)
scaled = pytest.mark.skipif(
    CpuScaler is None, reason='a gradient scaler on CPU needs torch 2.3'
)


def by_hand(model, parts, limits=(None, None)):
    """Step plain optimisers on each batch; `limits` are norms of parts."""
    members = (model.backbone, model.cls_head)
    optimizers = (
        torch.optim.Adam(members[0].parameters(), lr=ADAM),
        torch.optim.SGD(
            members[1].parameters(), lr=SGD, momentum=0.9, weight_decay=5e-4
        ),
    )
    norms = []
    for batch in parts:
        loss = (model.scores(batch['inputs']) - batch['target']).pow(2).mean()
        loss.backward()
        for member, limit in zip(members, limits):
            norm = sum(p.grad.pow(2).sum() for p in member.parameters()).sqrt()
            norms.append(float(norm))
            for param in member.parameters():
                if limit is not None and norm > limit:
                    param.grad *= limit / norm
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
    return weights(model), norms


def run(model, wrapper, parts):
    """Train steps of a training loop."""
    for batch in parts:
        model.train_step(batch, wrapper)
    return weights(model)


@pytest.fixture()
def on_cpu(monkeypatch):
    """Enable MMEngine's mixed precision on a CPU."""
    monkeypatch.setattr(amp_optimizer_wrapper, 'is_cuda_available', lambda: True)
    monkeypatch.setattr('mmengine.runner.amp.get_device', lambda: 'cpu')


def with_scaler(model, **kwargs):
    """A wrapper whose scaler works on a CPU, with a scale of 8."""
    options = config(type='AmpOptimWrapper', **kwargs)
    wrapper = build_optim_wrapper(model, options)
    wrapper.joint.loss_scaler = CpuScaler('cpu', init_scale=8.0, growth_interval=100)
    return wrapper


def test_equals_two_optimisers_by_hand():
    model = seeded_model()
    got = run(model, build_optim_wrapper(model, config()), batches(6))
    expected, _ = by_hand(seeded_model(), batches(6))
    torch.testing.assert_close(got, expected)
    assert (got - weights(seeded_model())).abs().min() > 1e-4


def test_accumulation_equals_the_large_batch():
    """Five batches: two steps of two batches, and a last one of one batch."""
    parts = batches(5)
    model = seeded_model()
    wrapper = build_optim_wrapper(model, config(accumulative_counts=2))
    wrapper.initialize_count_status(model, 0, 5)
    got = run(model, wrapper, parts)
    expected, _ = by_hand(
        seeded_model(), [joined(parts[:2]), joined(parts[2:4]), parts[4]]
    )
    torch.testing.assert_close(got, expected)
    assert wrapper.inner_count == 5


def test_when_it_steps():
    """Three iterations of accumulation, ending at the fifth of five."""
    model = seeded_model()
    wrapper = build_optim_wrapper(model, config(accumulative_counts=3))
    wrapper.initialize_count_status(model, 0, 5)
    steps, announced, old = [], [], weights(model)
    for batch in batches(5):
        announced.append(wrapper.should_sync())
        new = run(model, wrapper, [batch])
        steps.append(not torch.equal(new, old))
        assert wrapper.should_update() == steps[-1]
        old = new
    assert steps == announced == [False, False, True, False, True]


def test_the_steps_may_be_taken_one_by_one():
    """As in a model with its own `train_step`."""
    model = seeded_model()
    wrapper = build_optim_wrapper(model, config())
    for batch in batches(6):
        with wrapper.optim_context(model):
            loss = model(**batch, mode='loss')['loss']
        wrapper.backward(wrapper.scale_loss(loss))
        wrapper.step()
        wrapper.zero_grad(set_to_none=False)
        assert not any(p.grad.any() for p in model.parameters())
    expected, _ = by_hand(seeded_model(), batches(6))
    torch.testing.assert_close(weights(model), expected)


def test_each_part_is_clipped_by_its_own_norm():
    """Norms and limits of both parts differ strongly."""
    model = seeded_model()
    wrapper = build_optim_wrapper(
        model,
        config(
            points=dict(clip_grad=dict(max_norm=0.01)),
            cls=dict(clip_grad=dict(max_norm=0.2)),
        ),
    )
    got = run(model, wrapper, batches(3))
    expected, norms = by_hand(seeded_model(), batches(3), (0.01, 0.2))
    torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-6)
    assert min(norms[::2]) > 0.01 and max(norms[1::2]) > 0.2
    hub = MessageHub.get_current_instance()
    for name, norm in zip(('points', 'cls'), norms[-2:]):
        logged = hub.get_scalar(f'train/{name}.grad_norm').current()
        assert logged == pytest.approx(norm, rel=1e-4)


def test_one_part_is_clipped_by_value():
    model = seeded_model()
    options = config(cls=dict(clip_grad=dict(type='value', clip_value=1e-3)))
    wrapper = build_optim_wrapper(model, options)
    wrapper['cls'].optimizer.param_groups[0]['weight_decay'] = 0.0
    old = model.cls_head.weight.detach().clone()
    run(model, wrapper, batches(1))
    moved = (model.cls_head.weight - old).abs().max().item()
    assert moved == pytest.approx(SGD * 1e-3, rel=1e-3)


def test_rates_and_momenta_by_part():
    wrapper = build_optim_wrapper(seeded_model(), config())
    assert isinstance(wrapper, OptimWrapperDict)
    assert wrapper.get_lr() == {'points.lr': [ADAM], 'cls.lr': [SGD]}
    assert wrapper.get_momentum() == {'points.momentum': [0.9], 'cls.momentum': [0.9]}
    assert list(wrapper.keys()) == ['points', 'cls']
    assert 'Adam' in repr(wrapper) and 'SGD' in repr(wrapper)


def test_autocast_covers_both_parts(on_cpu):
    """In bfloat16 on a CPU, where MMEngine disables its scaler."""
    model = seeded_model()
    wrapper = build_optim_wrapper(
        model, config(type='AmpOptimWrapper', dtype='bfloat16')
    )
    got = run(model, wrapper, batches(6))
    assert model.dtype_of_scores == torch.bfloat16
    assert isinstance(wrapper.joint, AmpOptimWrapper)
    expected, _ = by_hand(seeded_model(), batches(6))
    # Eight bits of mantissa in the forward pass, six steps.
    torch.testing.assert_close(got, expected, rtol=0.05, atol=0.02)


@scaled
@pytest.mark.parametrize('limits', [(None, None), (0.01, 0.2)])
def test_the_scale_does_not_show(on_cpu, monkeypatch, limits):
    """Gradients are unscaled before clipping."""
    monkeypatch.setattr(torch, 'autocast', no_autocast)
    model = seeded_model()
    clips = [
        dict(clip_grad=dict(max_norm=limit) if limit else None) for limit in limits
    ]
    wrapper = with_scaler(model, points=clips[0], cls=clips[1])
    got = run(model, wrapper, batches(6))
    expected, _ = by_hand(seeded_model(), batches(6), limits)
    torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-6)


class no_autocast:
    """Replacement of `torch.autocast` for exact comparisons."""

    def __init__(self, *args, **kwargs):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *args):
        return False


@scaled
@pytest.mark.parametrize('part', ['backbone', 'cls_head'])
def test_an_overflow_in_one_part_stops_both(on_cpu, part):
    model = seeded_model()
    wrapper = with_scaler(model)
    run(model, wrapper, batches(1))
    old = weights(model)
    handle = getattr(model, part).bias.register_hook(lambda grad: grad * float('inf'))
    run(model, wrapper, batches(1))
    assert torch.equal(weights(model), old)
    assert wrapper.joint.loss_scaler.get_scale() == 4  # halved once
    counts = [
        int(state['step']) for state in wrapper['points'].optimizer.state.values()
    ]
    assert counts == [1, 1]
    handle.remove()
    run(model, wrapper, batches(1))
    assert (weights(model) != old).all()
    assert wrapper.joint.loss_scaler.get_scale() == 4


@scaled
def test_a_frozen_part_beside_a_scaler(on_cpu):
    """The scaler alone would refuse an optimiser without gradients."""
    model = seeded_model()
    model.backbone.requires_grad_(False)
    wrapper = with_scaler(model)
    old = model.cls_head.weight.detach().clone()
    run(model, wrapper, batches(1))
    assert (model.cls_head.weight != old).all()


@scaled
def test_the_scaler_is_in_the_state_once(on_cpu):
    model = seeded_model()
    wrapper = with_scaler(model)
    run(model, wrapper, batches(2))
    state = wrapper.state_dict()
    assert set(state) == {'points', 'cls', 'loss_scaler'}
    assert state['loss_scaler']['scale'] == 8
    for part in ('points', 'cls'):
        assert set(state[part]) == {'state', 'param_groups'}
    state['loss_scaler']['scale'] = 32.0
    other = with_scaler(seeded_model())
    other.load_state_dict(state)
    assert other.joint.loss_scaler.get_scale() == 32
    # On and off between runs, as with one optimiser.
    plain = build_optim_wrapper(seeded_model(), config())
    plain.load_state_dict(state)
    other.load_state_dict(plain.state_dict())
    assert other.joint.loss_scaler.get_scale() == 32


def test_training_goes_on_from_a_state():
    """Momenta and rates are restored; the state does not change."""
    parts = batches(6)
    options = config(points=dict(paramwise_cfg=dict(bias_lr_mult=2.0)))
    model = seeded_model()
    run(model, build_optim_wrapper(model, options), parts)
    half = seeded_model()
    wrapper = build_optim_wrapper(half, options)
    run(half, wrapper, parts[:3])
    state = wrapper.state_dict()
    other = seeded_model()
    other.load_state_dict(half.state_dict())
    wrapper = build_optim_wrapper(other, options)
    wrapper.load_state_dict(state)
    assert 'base_param_settings' in state['points']
    torch.testing.assert_close(
        run(other, wrapper, parts[3:]), weights(model), rtol=0, atol=1e-7
    )


@pytest.mark.parametrize(
    'change',
    [
        lambda state: state.pop('cls'),
        lambda state: state.update(state=state.pop('cls')),
    ],
)
def test_the_state_of_other_parts(change):
    wrapper = build_optim_wrapper(seeded_model(), config())
    state = wrapper.state_dict()
    change(state)
    with pytest.raises(ValueError, match=r"the parts are \['points', 'cls'\]"):
        wrapper.load_state_dict(state)


def part_of(model, **kwargs):
    """A part, as built by MMEngine."""
    optimizer = torch.optim.SGD(model.backbone.parameters(), lr=0.1)
    return OptimWrapper(optimizer, **kwargs)


@pytest.mark.parametrize(
    'kwargs, error, message',
    [
        (dict(parts={}), ValueError, r'parts=\[\]; give at least one'),
        (dict(parts=dict(loss_scaler=0)), ValueError, "the name 'loss_scaler'"),
        (dict(parts=dict(a=torch.optim.SGD)), TypeError, "part 'a' is a type"),
        (
            dict(parts=dict(a=dict(accumulative_counts=2))),
            ValueError,
            "part 'a' has accumulative_counts=2",
        ),
        (
            dict(shared=dict(type='ApexOptimWrapper')),
            ValueError,
            r"type='ApexOptimWrapper' is not known; choose one of \['OptimWrapper'",
        ),
        (
            dict(shared=dict(loss_scale='dynamic')),
            ValueError,
            r"loss_scale='dynamic' is not a shared option of type='OptimWrapper'; "
            r"choose from \['accumulative_counts'\]",
        ),
        (
            dict(shared=dict(accumulative_counts=0)),
            ValueError,
            'accumulative_counts=0 is outside',
        ),
        (
            dict(shared=dict(accumulative_counts=1.5)),
            TypeError,
            'accumulative_counts=1.5 is a float',
        ),
    ],
)
def test_bad_arguments(kwargs, error, message):
    parts = kwargs.get('parts', dict(a={}))
    parts = {
        name: part_of(seeded_model(), **part) if isinstance(part, dict) else part
        for name, part in parts.items()
    }
    with pytest.raises(error, match=message):
        JointOptimWrapperDict(parts, kwargs.get('shared'))


@pytest.mark.parametrize(
    'kind', [OptimWrapper, 'OptimWrapper', 'mmengine.OptimWrapper']
)
def test_built_through_the_registry(kind):
    model = seeded_model()
    wrapper = OPTIM_WRAPPERS.build(
        dict(
            type='JointOptimWrapperDict',
            parts=dict(a=part_of(model)),
            shared=dict(type=kind, accumulative_counts=2),
        )
    )
    old = model.backbone.weight.detach().clone()
    run(model, wrapper, batches(1))
    assert torch.equal(model.backbone.weight, old)
    run(model, wrapper, batches(1))
    assert (model.backbone.weight != old).all()


def in_a_process(rank, store, folder):
    """One of two processes, each with its own half of the data."""
    distributed.init_process_group(
        'gloo', init_method=f'file://{store}', rank=rank, world_size=2
    )
    model = MMDistributedDataParallel(seeded_model())
    wrapper = build_optim_wrapper(
        model, config(cls=dict(clip_grad=dict(max_norm=0.2)), accumulative_counts=2)
    )
    wrapper.initialize_count_status(model, 0, 5)
    kept = []
    for batch in batches(10)[rank::2]:
        model.train_step(batch, wrapper)
        if not wrapper.should_update():
            kept.append(model.module.backbone.bias.grad.clone())
    torch.save((weights(model), torch.stack(kept)), f'{folder}/{rank}.pth')
    # Taking apart a wrapped model and its group of processes was seen to hang
    # now and then, in a destructor of torch; nothing of it is needed any more.
    os._exit(0)


def test_two_processes_equal_one_with_the_joint_batch(tmp_path):
    """Five iterations, accumulated in pairs; the last one is a step alone."""
    mp.start_processes(
        in_a_process,
        (str(tmp_path / 'store'), str(tmp_path)),
        nprocs=2,
        start_method='fork',
    )
    (first, kept), (second, others) = [
        torch.load(tmp_path / f'{rank}.pth', weights_only=True) for rank in (0, 1)
    ]
    assert torch.equal(first, second)
    # While they accumulate, gradients are not exchanged.
    assert len(kept) == 2 and (kept != others).any(1).all()
    parts = batches(10)
    expected, _ = by_hand(
        seeded_model(),
        [joined(parts[:4]), joined(parts[4:8]), joined(parts[8:])],
        (None, 0.2),
    )
    torch.testing.assert_close(first, expected, rtol=1e-4, atol=1e-6)
