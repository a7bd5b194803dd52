"""Compiled, exported and traced networks equal eager ones, or refuse the input."""

import mmvkp  # noqa: F401, isort: skip
import pytest
import torch
from mmengine.registry import init_default_scope

from mmvkp.recognition.loading import load_config, load_recognizer

from ..point3d.tiny_point3d import point3d_config, save_detector
from .small_models import SEGMENTS, SIDE, write_small

NAMES = ('kpsem', 'afnet', 'aknet', 'point3d')
SHAPES = dict(
    kpsem=(1, 3, 8, SIDE, SIDE),
    afnet=(SEGMENTS, 3, SIDE, SIDE),
    aknet=(SEGMENTS, 3, SIDE, SIDE),
    point3d=(3, 4, 64, 64),
)
TIME = dict(kpsem=2, afnet=0, aknet=0, point3d=1)


class Network(torch.nn.Module):
    """Clips in; logits, of a detector maps and logits, out."""

    def __init__(self, model, is_detector):
        super().__init__()
        self.model, self.is_detector = model, is_detector

    def forward(self, x):
        if self.is_detector:
            maps, scores = self.model(x)
            return (*maps.values(), scores)
        return (self.model.extract_feat(x, stage='head')[0],)


def network(folder, name):
    init_default_scope('mmaction')
    paths = (
        save_detector(folder, point3d_config())
        if name == 'point3d'
        else write_small(folder, name)
    )
    model = load_recognizer(load_config(paths[0]), paths[1])
    return Network(model, name == 'point3d').eval()


def clips(name, number=2, frames=1, side=None, seed=0):
    """Noise; `frames` is the factor of the number of frames."""
    shape = list(SHAPES[name])
    shape[TIME[name]] *= frames
    if side is not None:
        shape[-2:] = side, side
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(number, *shape, generator=generator)


def compare(program, model, x):
    for ours, theirs in zip(program(x), model(x), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


def check_numbers(program, model, name):
    """Other values and numbers of clips, including one."""
    for number, seed in ((2, 1), (3, 2), (1, 3)):
        compare(program, model, clips(name, number, seed=seed))


@pytest.mark.parametrize('name', NAMES)
@torch.no_grad()
def test_trace(tmp_path, name):
    model = network(tmp_path, name)
    program = torch.jit.trace(model, clips(name), check_trace=False)
    check_numbers(program, model, name)
    long, large = clips(name, frames=2), clips(name, side=96)
    if name == 'kpsem':  # the head has the channels of this number of frames
        with pytest.raises(RuntimeError):
            program(long)
    else:
        compare(program, model, long)
    if name in ('kpsem', 'aknet'):
        with pytest.raises(Exception, match='this trace accepts one size of frames'):
            program(large)
    else:
        compare(program, model, large)


@pytest.mark.slow
@pytest.mark.parametrize('name', NAMES)
@torch.no_grad()
def test_export(tmp_path, name):
    """Guards refuse other numbers of frames and other sizes."""
    model = network(tmp_path, name)
    shapes = ({0: torch.export.Dim('clips', min=1)},)
    program = torch.export.export(model, (clips(name),), dynamic_shapes=shapes)
    program = program.module()
    check_numbers(program, model, name)
    for x in (clips(name, frames=2), clips(name, side=96)):
        with pytest.raises(Exception, match='[Gg]uard|[Ee]xpected'):
            program(x)


@pytest.mark.slow
@pytest.mark.parametrize('name', NAMES)
@torch.no_grad()
def test_compile(tmp_path, name):
    model = network(tmp_path, name)
    torch._dynamo.reset()
    program = torch.compile(model, backend='aot_eager')
    check_numbers(program, model, name)
    compare(program, model, clips(name, side=96))
    if name == 'kpsem':
        with pytest.raises(ValueError, match='in_channels=176'):
            program(clips(name, frames=2))
    else:
        compare(program, model, clips(name, frames=2))
