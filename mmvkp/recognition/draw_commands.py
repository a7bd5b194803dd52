"""Commands that draw figures for any recognizer."""

import os.path as osp
from typing import Any, Callable, Optional, Tuple

import click

from ..console import command, say
from .draw_clips import ClipOptions, clip_options, draw_videos

# Points of accuracy; the figure of the KPSEM paper has the classes above it.
MIN_GAIN = 6.0


def _check_png(ctx: click.Context, param: click.Parameter, value: str) -> str:
    if not value.lower().endswith('.png'):
        raise click.BadParameter(f'{value} must end in .png')
    return value


def picture_option(default: str) -> Callable[[Callable], Callable]:
    """Option `--out` of a command that writes one picture.

    Args:
        default (str): Its default, ending in `.png`.
    """
    return click.option(
        '--out',
        default=default,
        callback=_check_png,
        show_default=True,
        help='Picture to write (.png).',
    )


def _check_names(names: Tuple[str, ...], count: int) -> None:
    """Refuse names that are equal, or not one for each model."""
    if len(names) != count or len(set(names)) < count:
        raise click.UsageError(
            f'--name gives {", ".join(names)} for {count} models; give each model '
            'a name of its own'
        )


@command(
    'Videos, a config of KPSEM, AFNet, AK-Net or Point3D, and its checkpoint.',
    'A strip (.png) of one clip per video, or a movie (.mp4) of clips that cover the '
    'videos.',
    'mmvkp draw attention a.mp4 b.mp4 my_config.py epoch_40.pth --out attention.png',
)
@click.argument('videos', nargs=-1, required=True)
@click.argument('config')
@click.argument('checkpoint')
@clip_options('attention.png')
def draw_attention(
    videos: Tuple[str, ...], config: str, checkpoint: str, options: ClipOptions
) -> None:
    """Draw the attention of a model, for any method.

    The method of the config decides on the picture: key points and shifts,
    selected frames, action keypoints or heatmaps. The command of a method has
    more options, e.g. `mmvkp draw key-points`.
    """
    draw_videos(videos, config, checkpoint, options)


@command(
    'A video, and at least two models: config, checkpoint and layer of each.',
    'A picture: the same frames for each model, one model below the other.',
    'mmvkp draw cam video.mp4 '
    '--model mfnet.py mfnet.pth backbone/stages/3/2/conv2/conv '
    '--model kpsem.py kpsem.pth backbone/stages/3/2/conv2/conv',
)
@click.argument('video')
@click.option(
    '--model',
    'models',
    nargs=3,
    multiple=True,
    required=True,
    metavar='CONFIG CHECKPOINT LAYER',
    help='A model and its target layer, at least twice; the baseline first.',
)
@click.option(
    '--name',
    'names',
    multiple=True,
    help='Name of a model in the picture; once per model. Default: the first part '
    'of the name of its config.',
)
@click.option(
    '--frames',
    type=click.IntRange(min=1),
    default=4,
    show_default=True,
    help='Frames to show, spread over the clip.',
)
@click.option('--classes', help='File with one class name per line.')
@click.option(
    '--height',
    type=click.IntRange(64, 2048),
    default=224,
    show_default=True,
    help='Height of the frames in pixels.',
)
@click.option('--device', default='cpu', show_default=True)
@picture_option('cam.png')
def draw_cam(
    video: str,
    models: Tuple[Tuple[str, str, str], ...],
    names: Tuple[str, ...],
    frames: int,
    classes: Optional[str],
    height: int,
    device: str,
    out: str,
) -> None:
    """Draw the Grad-CAM of several models on one video (Fig. 9 of KPSEM).

    MMAction2's vis_cam.py is run on each model. Yellow areas contribute most to
    the predicted class, blue areas least.

    LAYER is the path of a module with a map (N, C, T, H, W), with slashes. The
    last convolution, as in the paper, is backbone/stages/3/2/conv2/conv in MFNet,
    with or without KPSEM; backbone/stages/1/1/conv2/conv in the small MFNet of
    StickAction; backbone/layer2/1/conv2/conv in its R3D; and
    backbone/layer4/2/conv3/conv in R3D-50. The output of KPSEM has no cells, so
    that it cannot be drawn.
    """
    from .draw_cam import CamModel, draw_cams

    if len(models) < 2:
        raise click.UsageError('--model is needed for the baseline and for the method')
    if not names:
        names = tuple(
            osp.splitext(osp.basename(each[0]))[0].split('_')[0] for each in models
        )
    elif len(names) != len(models):
        raise click.UsageError(f'{len(names)} names for {len(models)} models')
    given = [CamModel(name, *each) for name, each in zip(names, models)]
    draw_cams(video, given, out, frames, classes, height, device)


@command(
    'Work dirs of tests or their TIME/TIME.json logs, and published numbers.',
    'A picture, and its numbers as a Markdown table.',
    'mmvkp draw accuracy-cost "AFNet/RT 0.4=work_dirs/rt40" "TSN=work_dirs/tsn@32.7" '
    '--published "AFNet, paper=46.3@33"',
)
@click.argument('runs', nargs=-1, metavar='[[CURVE/]NAME=RUN[@GMACS]]...')
@click.option(
    '--published',
    'papers',
    multiple=True,
    metavar='[CURVE/]NAME=ACCURACY@GMACS',
    help='Numbers of a publication, accuracy in percent; may be repeated.',
)
@click.option(
    '--metric',
    default='acc/top1',
    show_default=True,
    help='Metric of the tests, a share in [0, 1].',
)
@picture_option('accuracy_cost.png')
def draw_accuracy_cost(
    runs: Tuple[str, ...], papers: Tuple[str, ...], metric: str, out: str
) -> None:
    """Draw accuracy against GMACs per video (Fig. 4 of AFNet, Fig. 5 of AK-Net).

    The GMACs of a video are read from cost/GMACs of the test
    (`ComputeCostMetric`); for networks of constant cost give them after an @.
    Points of one CURVE are joined; NAME=RUN is a curve of one point. A point
    without a curve, /NAME=RUN, is single and grey. Published numbers are hollow.
    """
    from ..video.files import write_picture
    from .accuracy_cost import METRIC_NAMES, measured, published, table
    from .draw_accuracy_cost import draw_accuracy_cost as draw

    if not runs and not papers:
        raise click.UsageError('nothing to draw: give a run or --published')
    points = [measured(text, metric) for text in runs]
    points += [published(text) for text in papers]
    name = METRIC_NAMES.get(metric, metric)
    say(table(points, name))
    write_picture(out, draw(points, name))
    say(f'\n-> {out}')


@command(
    'Dumps of two tests on the same list (mmvkp test CONFIG CHECKPOINT --dump DUMP).',
    'A picture, and its numbers as a Markdown table.',
    'mmvkp draw class-gain --baseline tsm.pkl --method aknet.pkl '
    '--name TSM --name AK-Net --top 8 --bottom 8',
)
@click.option('--baseline', required=True, help='Dump of the baseline.')
@click.option('--method', required=True, help='Dump of the method.')
@click.option(
    '--name',
    'names',
    multiple=True,
    default=['baseline', 'method'],
    help='Name in the picture; once for the baseline, once for the method.',
)
@click.option('--classes', help='File with one class name per line.')
@click.option(
    '--min-gain',
    type=float,
    help='Draw the classes with at least this gain, in points of accuracy. '
    f'Default: {MIN_GAIN:g}, without --top, --bottom and --all.',
)
@click.option(
    '--top', type=click.IntRange(min=0), default=0, help='Draw the N largest gains.'
)
@click.option(
    '--bottom', type=click.IntRange(min=0), default=0, help='Draw the N smallest gains.'
)
@click.option(
    '--all', 'every', is_flag=True, help='Draw all classes with samples, upright.'
)
@picture_option('class_gain.png')
def draw_class_gain(
    baseline: str,
    method: str,
    names: Tuple[str, ...],
    classes: Optional[str],
    min_gain: Optional[float],
    top: int,
    bottom: int,
    every: bool,
    out: str,
) -> None:
    """Draw the accuracy of single classes under two models.

    Drawn are the classes with the largest gain (Fig. 7 of KPSEM), or with --all
    every class in the order of the labels (Fig. 4 of AK-Net).
    """
    from .draw_class_gain import compare_classes

    if min_gain is not None and (top or bottom):
        raise click.UsageError('--min-gain and --top/--bottom exclude each other')
    if every and (min_gain is not None or top or bottom):
        raise click.UsageError('--all excludes --min-gain, --top and --bottom')
    if min_gain is None and not (top or bottom or every):
        min_gain = MIN_GAIN
    _check_names(names, 2)
    compare_classes(
        (baseline, method), out, (names[0], names[1]), classes, min_gain, top, bottom
    )


@command(
    'A config, and dumps of tests of its test data set (mmvkp test ... --dump DUMP).',
    'A picture with one row per sample.',
    'mmvkp draw predictions my_config.py --method kpsem.pkl --baseline mfnet.pkl '
    '--where gained',
)
@click.argument('config')
@click.option('--method', required=True, help='Dump of the method.')
@click.option('--baseline', help='Dump of the baseline.')
@click.option(
    '--name',
    'names',
    multiple=True,
    help='Name in the picture; once for the method, once for the baseline.',
)
@click.option(
    '--sample',
    'samples',
    type=int,
    multiple=True,
    help='Sample to draw, from 0; may be repeated.',
)
@click.option(
    '--where',
    type=click.Choice(['all', 'gained', 'lost', 'right', 'wrong']),
    default='all',
    show_default=True,
    help='gained: the method is right and the baseline wrong; lost: the opposite; '
    'right, wrong: result of the method.',
)
@click.option(
    '--num',
    type=click.IntRange(min=1),
    default=6,
    show_default=True,
    help='Largest number of rows, spread over the samples.',
)
@click.option(
    '--frames',
    type=click.IntRange(min=1),
    default=4,
    show_default=True,
    help='Frames of each clip.',
)
@click.option('--classes', help='File with one class name per line.')
@click.option(
    '--height',
    type=click.IntRange(96, 1024),
    default=144,
    show_default=True,
    help='Height of a row in pixels.',
)
@picture_option('predictions.png')
def draw_predictions(
    config: str,
    method: str,
    baseline: Optional[str],
    names: Tuple[str, ...],
    samples: Tuple[int, ...],
    where: str,
    num: int,
    frames: int,
    **pictures: Any,
) -> None:
    """Draw clips of a test with their most likely classes (Fig. 8 of KPSEM).

    Each row has frames of a clip and, to the right, the likely classes of the
    method and of the baseline; the true class has a star.
    """
    from .draw_predictions import compare_predictions

    if samples and where != 'all':
        raise click.UsageError('--sample and --where exclude each other')
    if where in ('gained', 'lost') and not baseline:
        raise click.UsageError(f'--where {where} needs --baseline')
    dumps = [method, *([baseline] if baseline else [])]
    names = names or ('method', 'baseline')[: len(dumps)]
    _check_names(names, len(dumps))
    compare_predictions(
        config,
        dict(zip(names, dumps)),
        samples=samples,
        where=where,
        count=num,
        num_frames=frames,
        **pictures,
    )
