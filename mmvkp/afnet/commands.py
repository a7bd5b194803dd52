"""Commands of AFNet."""

from typing import Optional, Tuple

import click

from ..console import command, say
from ..methods import METHODS
from ..recognition.checkpoints import convert_file
from ..recognition.class_order import class_order_options, in_order
from ..recognition.draw_clips import ClipOptions, clip_options, draw_videos
from ..video.files import write_picture
from . import convert as converter
from .benchmark import benchmark_selection as run_benchmark
from .cost_report import cost_report
from .selection_share import draw_selection_share as draw_shares
from .selection_share import read_shares, share_table

_POSITIVE = click.IntRange(min=1)


@command(
    'A video, a config with AFResNet or AFMobileNetV3 and its checkpoint.',
    'A strip (.png) of one clip, or a movie (.mp4) of clips that cover the video.',
    'mmvkp draw frame-selection video.mp4 my_config.py epoch_55.pth --block 2',
)
@click.argument('video')
@click.argument('config')
@click.argument('checkpoint')
@clip_options('frame_selection.png', frames=32)
@click.option(
    '--block',
    'blocks',
    type=int,
    multiple=True,
    help='Focal block to draw, from 0 through all stages; may be repeated. Default: '
    '2, as in the paper, or the last block of a smaller network.',
)
def draw_frame_selection(
    video: str,
    config: str,
    checkpoint: str,
    options: ClipOptions,
    blocks: Tuple[int, ...],
) -> None:
    """Draw the frames that an AFNet skips (Fig. 6 of the paper).

    A red cross marks the frames that a focal block does not compute; with soft
    weights the weight of each frame is written instead. The part of the frame that
    the network does not see is darkened.
    """
    method = METHODS['AFResNet']
    draw_videos([video], config, checkpoint, options, method, blocks=blocks)


def _check_png(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """Refuse an output that is not a .png."""
    if not value.lower().endswith('.png'):
        raise click.BadParameter(f'{value} must end in .png')
    return value


@command(
    'Work dirs of tests with ComputeCostMetric, or their TIME/TIME.json logs.',
    'A picture (.png); the numbers are printed as a Markdown table.',
    'mmvkp draw selection-share "RT = 0.4=work_dirs/rt40" "RT = 0.8=work_dirs/rt80"',
)
@click.argument('runs', nargs=-1, required=True, metavar='[NAME=]RUN...')
@click.option(
    '--out',
    default='selection_share.png',
    show_default=True,
    callback=_check_png,
    metavar='FILE',
)
def draw_selection_share(runs: Tuple[str, ...], out: str) -> None:
    """Draw the share of frames that each focal block keeps (Fig. 5 of the paper).

    Dashed lines are cubic fits.
    """
    shares = read_shares(runs)
    say(share_table(shares))
    write_picture(out, draw_shares(shares))
    say(f'\n-> {out}')


@command(
    'A config with AFResNet or AFMobileNetV3; no checkpoint.',
    'Parameters and MACs on the standard output.',
    'mmvkp evaluate selection-cost my_config.py --ratio 0.8 --ratio 0.5',
)
@click.argument('config')
@click.option(
    '--size',
    'sizes',
    type=_POSITIVE,
    multiple=True,
    default=[224],
    show_default=True,
    help='Height and width of the frames; twice for a height and a width.',
)
@click.option(
    '--views',
    type=_POSITIVE,
    default=1,
    show_default=True,
    help='Clips x crops per video.',
)
@click.option(
    '--ratio',
    'ratios',
    type=float,
    multiple=True,
    default=[1.0, 0.8, 0.5, 0.4, 0.25],
    show_default=True,
    help='Share of frames kept, in (0, 1]; may be repeated.',
)
def selection_cost(
    config: str, sizes: Tuple[int, ...], views: int, ratios: Tuple[float, ...]
) -> None:
    """Count the MACs of an AFNet as fixed + focal * r.

    r is the share of frames that the focal blocks compute. The share that a trained
    network keeps depends on the videos; ComputeCostMetric reports it in a test.
    """
    if len(sizes) > 2:
        raise click.UsageError('--size can be given once or twice.')
    say(cost_report(config, (sizes[0], sizes[-1]), views, ratios))


@command(
    'A config with AFResNet or AFMobileNetV3. Default: AF-ResNet-50 with 12 frames.',
    'A Markdown table on the standard output.',
    'mmvkp benchmark selection --ratio 0.5 --ratio 0.25 --threads 1',
)
@click.argument('config', required=False)
@click.option(
    '--ratio',
    'ratios',
    type=float,
    multiple=True,
    default=[0.8, 0.5, 0.25],
    show_default=True,
    help='Share of frames kept, in (0, 1]; may be repeated.',
)
@click.option(
    '--size',
    type=_POSITIVE,
    default=224,
    show_default=True,
    help='Height and width of the frames in pixels.',
)
@click.option('--batch', type=_POSITIVE, default=1, show_default=True, help='Videos.')
@click.option('--repeats', type=_POSITIVE, default=10, show_default=True)
@click.option('--threads', type=_POSITIVE, help='Threads of torch.')
@click.option('--device', help='Default: cuda if available, else cpu.')
@click.option('--amp', is_flag=True, help='Half precision.')
@click.option('--channels-last', is_flag=True, help='Channels-last memory format.')
def benchmark_selection(
    config: Optional[str],
    ratios: Tuple[float, ...],
    size: int,
    batch: int,
    repeats: int,
    threads: Optional[int],
    device: Optional[str],
    amp: bool,
    channels_last: bool,
) -> None:
    """Time the backbone of an AFNet for several shares of frames kept.

    Masks are forced; all ratios run in turn. The row "dense" computes every frame
    and multiplies by the masks.
    """
    import torch

    if threads:
        torch.set_num_threads(threads)
    device = device or ('cuda' if torch.cuda.is_available() else 'cpu')
    say(run_benchmark(config, ratios, size, batch, repeats, device, amp, channels_last))


@command(
    f"A checkpoint of {converter.PAGE} (ImageNet or video), or torchvision's "
    'ResNet-50.',
    'A checkpoint for Recognizer2D with FrameSelectionNeck and TSNHead.',
    'mmvkp weights afnet AF-ResNet50.pth.tar checkpoints/af_r50_in1k.pth',
    makes={
        'af_r50_in1k.pth': ('AF-ResNet50.pth.tar', converter.PAGE),
        'af_r101_in1k.pth': ('AF-ResNet101.pth.tar', converter.PAGE),
        'af_mbv3_in1k.pth': ('AF-MobileNetv3.pth.tar', converter.PAGE),
        'r50_in1k.pth': (
            'resnet50-0676ba61.pth',
            'https://download.pytorch.org/models',
        ),
    },
)
@click.argument('source', metavar='IN')
@click.argument('out', metavar='OUT')
@class_order_options
def convert(source: str, out: str, classes: Optional[str], keep_order: bool) -> None:
    """Rename public AFNet weights for AFResNet and AFMobileNetV3.

    Network, number of frames and classes are read from the checkpoint. Video weights
    need the reading of the released code: test them with
    selection_cfg=dict(reading='released_code'). ImageNet weights have no navigation
    modules and fit every reading. Torchvision's ResNet-50 becomes the network with a
    single branch, arch_cfg=dict(two_branches=False).

    The authors number the classes of Something-Something v1 and Jester by sorted
    names, MMAction2's lists by the order of the data set's file: with 174 or 27
    classes, --classes or --keep-order is needed.
    """
    ordered = in_order(converter.convert, classes, keep_order)
    convert_file('convert_afnet', converter.PAGE, source, out, ordered)
