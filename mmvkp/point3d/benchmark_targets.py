"""Time of drawing the targets of the point head, compared to a training step."""

import statistics
from typing import Any, Dict, List

import torch
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData
from torch import nn

from ..checks import check_positive
from ..console import say
from ..recognition.side_by_side import ratio, time_side_by_side


def make_actors(frames: int, actors: int, joints: int, size: int) -> InstanceData:
    """Random actors, a quarter to three quarters of the image high.

    Args:
        frames (int): T.
        actors (int): N, in every frame.
        joints (int): K.
        size (int): Height and width of the image in pixels.

    Returns:
        InstanceData: As `PackTubeInputs` makes it.
    """
    generator = torch.Generator().manual_seed(0)

    def rand(*shape: int) -> torch.Tensor:
        """Random numbers of shape (N, T, ...) in [0, 1)."""
        return torch.rand(actors, frames, *shape, generator=generator)

    sides = size * (0.25 + 0.5 * rand(2)) * torch.tensor([0.5, 1.0])
    low = (size - sides) * rand(2)
    truth = InstanceData(
        bboxes=torch.cat((low, low + sides), -1),
        labels=torch.zeros(actors, dtype=torch.long),
        bbox_valid=torch.ones(actors, frames, dtype=torch.bool),
    )
    if joints:
        share = rand(joints, 2)
        truth.keypoints = low[:, :, None] + share * sides[:, :, None]
        truth.keypoints_visible = torch.ones(actors, frames, joints, dtype=torch.bool)
    return truth


def build_detector(joints: int) -> nn.ModuleDict:
    """ResNet-18, neck and point head, without pretrained weights."""
    neck = dict(
        type='mmdet.CTResNetNeck',
        in_channels=512,
        num_deconv_filters=(256, 128, 64),
        num_deconv_kernels=(4, 4, 4),
        use_dcn=False,
    )
    head = dict(type='Point3DHead', in_channels=64, num_knots=joints)
    return nn.ModuleDict(
        {
            'backbone': MODELS.build(dict(type='mmdet.ResNet', depth=18)),
            'neck': MODELS.build(neck),
            'head': MODELS.build(head),
        }
    )


def benchmark_point_targets(
    frames: int = 16,
    actors: int = 8,
    joints: int = 17,
    size: int = 256,
    repeats: int = 5,
    device: str = 'cpu',
) -> Dict[str, List[float]]:
    """Time both on random actors and print the share of the targets.

    The step is forward, losses and backward of ResNet-18, MMDetection's
    CTResNetNeck and the point head; it draws the targets as well.

    Args:
        frames (int): Frames of the clip.
        actors (int): Actors in every frame.
        joints (int): Joints of an actor; 0 for none.
        size (int): Height and width in pixels, a multiple of 32.
        repeats (int): Timed rounds.
        device (str): Device of the model.

    Returns:
        dict[str, list[float]]: Seconds of each round of `targets` and `step`.

    Raises:
        ValueError: If a number is out of range.
        ImportError: If MMDetection or the operators of mmcv are missing
            (KeyError for the former).
    """
    check_positive(
        'benchmark_point_targets', frames=frames, actors=actors, repeats=repeats
    )
    if joints < 0:
        raise ValueError(f'benchmark_point_targets: joints={joints} is negative.')
    if size < 32 or size % 32:
        raise ValueError(
            f'benchmark_point_targets: size={size} is not a multiple of 32.'
        )
    init_default_scope('mmaction')
    model = build_detector(joints).to(device).train()
    head: Any = model['head']
    truth = make_actors(frames, actors, joints, size).to(device)
    clip = torch.rand(frames, 3, size, size, device=device)
    labeled = torch.ones(1, frames, dtype=torch.bool, device=device)
    cells = size // 4

    def wait() -> None:
        if device.startswith('cuda'):
            torch.cuda.synchronize()

    def targets() -> None:
        head.get_targets([truth], labeled, (cells, cells))
        wait()

    def step() -> None:
        model.zero_grad()
        outs = head(model['neck'](model['backbone'](clip)))
        losses = head.loss_by_feat(outs, [truth], [{}])
        torch.stack(list(losses.values())).sum().backward()
        wait()

    seconds = time_side_by_side({'targets': targets, 'step': step}, repeats)
    say(
        f'device {device}, threads {torch.get_num_threads()}, torch '
        f'{torch.__version__}, {frames} frames of {size} x {size}, {actors} '
        f'actors, {joints} joints, {repeats} rounds'
    )
    for name, times in seconds.items():
        say(f'{name}: {1e3 * statistics.median(times):.1f} ms')
    say(f'share: {100 * ratio(seconds, "targets", "step"):.2f} %')
    return seconds
