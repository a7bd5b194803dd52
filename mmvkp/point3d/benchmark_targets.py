"""Time of drawing a Point Head's targets against a training step.

Usage::

    python tools/analysis_tools/benchmark_point_targets.py [--frames 16] \\
        [--actors 8] [--joints 17] [--size 256]

makes random actors and, in turns in one run, draws the targets of all frames
and does a training step (forward, losses and backward) of a light detector:
ResNet-18, MMDetection's CTResNetNeck and the Point Head. It prints the time
of both and the share of the targets, which are drawn inside the step as well.
Needs MMDetection and the full mmcv.
"""

import argparse
import statistics
import sys

import torch
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData
from torch import nn

from ..recognition.side_by_side import ratio, time_side_by_side


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    for name, default, text in (
        ('frames', 16, 'frames of the clip'),
        ('actors', 8, 'actors in every frame'),
        ('joints', 17, 'joints of an actor; may be 0'),
        ('size', 256, 'height and width in pixels'),
        ('repeats', 5, 'timed rounds'),
    ):
        parser.add_argument(
            f'--{name}', type=int, default=default, help=f'{text} (default: {default})'
        )
    parser.add_argument('--threads', type=int, help='threads of torch')
    parser.add_argument(
        '--device', default='cuda' if torch.cuda.is_available() else 'cpu'
    )
    args = parser.parse_args()
    if min(args.frames, args.actors, args.repeats) < 1 or args.joints < 0:
        parser.error(
            '--frames, --actors and --repeats must be positive, --joints not negative'
        )
    if args.size < 32 or args.size % 32:
        parser.error(f'--size {args.size} is not a multiple of 32')
    return args


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
    """ResNet-18, neck and Point Head, without pretrained weights."""
    return nn.ModuleDict(
        {
            'backbone': MODELS.build(dict(type='mmdet.ResNet', depth=18)),
            'neck': MODELS.build(
                dict(
                    type='mmdet.CTResNetNeck',
                    in_channels=512,
                    num_deconv_filters=(256, 128, 64),
                    num_deconv_kernels=(4, 4, 4),
                    use_dcn=False,
                )
            ),
            'head': MODELS.build(
                dict(type='Point3DHead', in_channels=64, num_knots=joints)
            ),
        }
    )


def benchmark(args: argparse.Namespace) -> None:
    """Time both and print the share."""
    init_default_scope('mmaction')
    model = build_detector(args.joints).to(args.device).train()
    truth = make_actors(args.frames, args.actors, args.joints, args.size).to(
        args.device
    )
    clip = torch.rand(args.frames, 3, args.size, args.size, device=args.device)
    labeled = torch.ones(1, args.frames, dtype=torch.bool, device=args.device)
    head, cells = model['head'], args.size // 4

    def wait() -> None:
        if args.device.startswith('cuda'):
            torch.cuda.synchronize()

    def targets() -> None:
        head.get_targets([truth], labeled, (cells, cells))
        wait()

    def step() -> None:
        model.zero_grad()
        outs = head(model['neck'](model['backbone'](clip)))
        sum(head.loss_by_feat(outs, [truth], [{}]).values()).backward()
        wait()

    seconds = time_side_by_side({'targets': targets, 'step': step}, args.repeats)
    print(
        f'device {args.device}, threads {torch.get_num_threads()}, torch '
        f'{torch.__version__}, {args.frames} frames of {args.size} x '
        f'{args.size}, {args.actors} actors, {args.joints} joints, '
        f'{args.repeats} rounds'
    )
    for name, times in seconds.items():
        print(f'{name}: {1e3 * statistics.median(times):.1f} ms')
    print(f'share: {100 * ratio(seconds, "targets", "step"):.2f} %')


def main() -> None:
    """Benchmark, or say in one line what is wrong."""
    args = parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    try:
        benchmark(args)
    except (ImportError, KeyError, ValueError) as error:
        sys.exit(f'error: {error}')


if __name__ == '__main__':
    main()
