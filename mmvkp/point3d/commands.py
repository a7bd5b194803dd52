"""Commands of Point3D."""

from functools import partial
from typing import Optional, Tuple

import click
import torch

from ..console import command, say
from ..recognition.checkpoints import convert_file
from ..recognition.draw_clips import ClipOptions, strip_rows
from ..recognition.loading import load_config
from ..video.files import write_picture
from ..video.text import stack_rows
from .bank.writer import write_banks
from .benchmark_targets import benchmark_point_targets
from .convert import PAGE, convert
from .draw import draw_inspection
from .inspect import PointMapInspector, clip_of_frame
from .loading import load_detector
from .streaming.benchmark import benchmark_stream

_POSITIVE = click.IntRange(min=1)
_DEVICE = click.option(
    '--device', help='Default: cuda with a GPU, else cpu.', metavar='DEVICE'
)
_THREADS = click.option('--threads', type=_POSITIVE, help='Threads of torch.')


def _start(device: Optional[str], threads: Optional[int]) -> str:
    """Set the threads of torch and choose the device of a benchmark."""
    if threads:
        torch.set_num_threads(threads)
    return device or ('cuda' if torch.cuda.is_available() else 'cpu')


@command(
    'A config of a Point3D with a TubeDataset and its checkpoint.',
    'A picture (.png) with three rows for each clip.',
    'mmvkp draw point-heatmaps my_config.py epoch_20.pth --video-id garden --frame 20',
)
@click.argument('config')
@click.argument('checkpoint')
@click.option(
    '--index',
    'indices',
    type=int,
    multiple=True,
    help='Clip of the test data, from 0; may be repeated.',
)
@click.option('--video-id', help='Test video, instead of --index.')
@click.option(
    '--frame',
    type=int,
    help='With --video-id: frame, from 1, whose clip is drawn. Default: the middle '
    'one.',
)
@click.option(
    '--out', default='point_heatmaps.png', show_default=True, help='Picture to write.'
)
@click.option(
    '--score-threshold',
    type=float,
    default=0.3,
    show_default=True,
    help='Least score of a drawn detection.',
)
@click.option(
    '--frames',
    type=_POSITIVE,
    default=5,
    show_default=True,
    help='Frames of a clip, evenly spread.',
)
@click.option(
    '--height',
    type=click.IntRange(64, 2048),
    default=320,
    show_default=True,
    help='Height of the drawn frames in pixels.',
)
@click.option('--device', default='cpu', show_default=True)
def draw_point_heatmaps(
    config: str,
    checkpoint: str,
    indices: Tuple[int, ...],
    video_id: Optional[str],
    frame: Optional[int],
    out: str,
    score_threshold: float,
    frames: int,
    height: int,
    device: str,
) -> None:
    """Draw detections and heatmaps of a Point3D (Fig. 6 of the paper).

    The first row shows frames of a clip with ground-truth boxes in blue and
    detections, red if they are correct by the rule of the frame-mAP at 0.5, else
    green. Below are the heatmaps of the centres and, if the model has any, of the
    joints; of several classes or joints the largest value is shown.
    """
    if bool(indices) == (video_id is not None):
        raise click.UsageError('give either --index or --video-id')
    if frame is not None and video_id is None:
        raise click.UsageError('--frame needs --video-id')
    cfg = load_config(config)
    inspector = PointMapInspector(load_detector(cfg, checkpoint, device), cfg)
    if video_id is not None:
        indices = (clip_of_frame(inspector.data, video_id, frame),)
    options = ClipOptions((out,), frames=frames, height=height)
    pictures = []
    for index in indices:
        clip = inspector.inspect(index)
        rows = draw_inspection(clip, clip.video, height, score_threshold)
        pictures.append(stack_rows(strip_rows(rows, options)))
        correct = clip.found.above(score_threshold).correct
        say(
            f'clip {index}, {clip.video}, frames {clip.numbers[0] + 1} to '
            f'{clip.numbers[-1] + 1}: {len(clip.ground_truth.labels)} ground-truth '
            f'boxes, {correct.sum()} found, {(~correct).sum()} wrong'
        )
    write_picture(out, stack_rows(pictures, 12))
    say(f'-> {out}')


@command(
    'A config of a Point3D; without checkpoint its weights are random.',
    'A table of times on the standard output.',
    'mmvkp benchmark streaming my_config.py --clip-len 16 --size 64 64 --threads 1',
)
@click.argument('config')
@click.option('--checkpoint', help='Default: random weights.')
@click.option(
    '--size',
    type=(_POSITIVE, _POSITIVE),
    default=(256, 256),
    show_default=True,
    metavar='WIDTH HEIGHT',
    help='Size of the frames before the test pipeline.',
)
@click.option(
    '--clip-len', type=_POSITIVE, help='Frames of a clip. Default: of the config.'
)
@click.option(
    '--repeats', type=_POSITIVE, default=10, show_default=True, help='Timed rounds.'
)
@click.option(
    '--memory',
    type=_POSITIVE,
    metavar='N',
    help='Push N frames and print the memory of the process.',
)
@_THREADS
@_DEVICE
def benchmark_streaming(
    config: str,
    checkpoint: Optional[str],
    size: Tuple[int, int],
    clip_len: Optional[int],
    repeats: int,
    memory: Optional[int],
    threads: Optional[int],
    device: Optional[str],
) -> None:
    """Time one more frame of a stream against a whole clip.

    The same Point3D runs in turns on one frame, with stored features of the frames
    before it, and on the whole clip that ends with it; the parts of the former are
    timed as well. A whole clip answers for all of its frames, as in tests with
    adjacent clips, or for the last one only, as a stream does. The goal is a sixth
    of the former, a twelfth for clips of 32 frames or more. Memory must not grow with
    the number of frames. A config with a (causal) bank includes it in both.
    """
    device = _start(device, threads)
    benchmark_stream(config, checkpoint, size, clip_len, repeats, device, memory)


@command(
    'Nothing; actors and frames are random. Needs MMDetection and the full mmcv.',
    'Times and the share of the targets on the standard output.',
    'mmvkp benchmark point-targets --frames 16 --actors 8 --joints 17 --size 256',
)
@click.option(
    '--frames',
    type=_POSITIVE,
    default=16,
    show_default=True,
    help='Frames of the clip.',
)
@click.option(
    '--actors',
    type=_POSITIVE,
    default=8,
    show_default=True,
    help='Actors in every frame.',
)
@click.option(
    '--joints',
    type=click.IntRange(min=0),
    default=17,
    show_default=True,
    help='Joints of an actor.',
)
@click.option(
    '--size',
    type=_POSITIVE,
    default=256,
    show_default=True,
    help='Height and width in pixels, a multiple of 32.',
)
@click.option(
    '--repeats', type=_POSITIVE, default=5, show_default=True, help='Timed rounds.'
)
@_THREADS
@_DEVICE
def benchmark_targets(
    frames: int,
    actors: int,
    joints: int,
    size: int,
    repeats: int,
    threads: Optional[int],
    device: Optional[str],
) -> None:
    """Time the targets of the point head against a training step.

    The step is forward, losses and backward of ResNet-18, MMDetection's
    CTResNetNeck and the point head. It draws the targets as well.
    """
    device = _start(device, threads)
    benchmark_point_targets(frames, actors, joints, size, repeats, device)


@command(
    f'A checkpoint of CornerNet or CenterNet with Hourglass-104 ({PAGE}).',
    'A checkpoint with backbone.* for load_from of a config with mmdet.HourglassNet.',
    'mmvkp weights hourglass ctdet_coco_hg.pth checkpoints/hourglass104.pth',
    makes={'hourglass104.pth': ('ctdet_coco_hg.pth', PAGE)},
)
@click.argument('source', metavar='IN')
@click.argument('out', metavar='OUT')
@click.option(
    '--feat-channel',
    type=int,
    default=128,
    show_default=True,
    help='feat_channel of your mmdet.HourglassNet; with 256, as in the public '
    'network, nothing is left out.',
)
@click.option(
    '--num-stacks',
    type=int,
    help='num_stacks of your mmdet.HourglassNet, if the public network has more.',
)
def convert_hourglass(
    source: str, out: str, feat_channel: int, num_stacks: Optional[int]
) -> None:
    """Convert the public Hourglass-104 weights for Point3D.

    The public networks have 256 output channels, Point3D has 128: the convolutions
    after each hourglass (`out_convs`) and the next ones (`remap_convs`) are left out
    and keep their random weights. CenterNet's network was trained on BGR images; its
    first kernel is converted to RGB, which MMAction2 decodes to. The command prints
    the mean and standard deviation for `data_preprocessor`.
    """
    work = partial(convert, feat_channel=feat_channel, num_stacks=num_stacks)
    convert_file('convert_hourglass', PAGE, source, out, work)


@command(
    'A config of a Point3D with a TubeDataset, and the checkpoint of the first pass.',
    'A folder with a file (.npz, float16) for each training and test video.',
    'mmvkp data write-bank my_config.py epoch_20.pth data/my_bank',
)
@click.argument('config')
@click.argument('checkpoint')
@click.argument('out', metavar='OUT')
@click.option(
    '--centers',
    type=_POSITIVE,
    help="Best centres of a frame. Default: of the config's model.bank, or 4.",
)
@click.option(
    '--batch',
    type=_POSITIVE,
    default=32,
    show_default=True,
    help='Frames that run through the network together.',
)
@_THREADS
@_DEVICE
def write_bank(
    config: str,
    checkpoint: str,
    out: str,
    centers: Optional[int],
    batch: int,
    threads: Optional[int],
    device: Optional[str],
) -> None:
    """Write the long-term feature bank of a Point3D (pass one).

    For each frame the mean of its map and the features at the best centres are
    stored. Finished videos are skipped; a bank of another checkpoint is refused. Then
    train a config with model.bank and LoadBank from the same checkpoint (pass two).
    """
    device = _start(device, threads)
    totals = write_banks(config, checkpoint, out, centers, batch, device)
    say(
        f'{totals.written} videos written, {totals.skipped} skipped; '
        f'{totals.shape[0]} x {totals.shape[1]} features of each frame -> {out}'
    )
