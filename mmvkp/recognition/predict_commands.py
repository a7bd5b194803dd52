"""Command for predictions of recognizers and detectors."""

from functools import partial
from typing import TYPE_CHECKING, Any, Callable, Dict, Optional, Sequence, Tuple

import click

from ..console import command

if TYPE_CHECKING:
    from .video_inferencer import VideoInferencer

_TUBES = 'Action tubes: '


@command(
    'Videos: files, folders (with all their folders), patterns such as "a/*.mp4", '
    'numbers of cameras and URLs; a config or the name of a recipe, and a checkpoint.',
    'The likely classes of each video or window on the terminal; with --out .jsonl or '
    '.csv in a file that grows with each result; with --timeline a picture. A detector '
    'gives action tubes, drawn with --out .mp4. Videos that cannot be read are listed '
    'at the end, with exit code 1.',
    'mmvkp predict my/videos --model my_config.py --weights epoch_6.pth --out a.jsonl',
)
@click.argument('videos', nargs=-1, required=True)
@click.option(
    '--model',
    'config',
    required=True,
    help='Config, recipe, or name in `mmvkp weights list`.',
)
@click.option(
    '--weights',
    'checkpoint',
    help='Checkpoint, or mmvkp://NAME. Default: the shipped weights of --model.',
)
@click.option(
    '--runtime',
    type=click.Choice(['torch', 'onnx']),
    default='torch',
    show_default=True,
    help='onnx: --model is a file of `mmvkp export`; PyTorch is not needed.',
)
@click.option(
    '--random-weights',
    is_flag=True,
    help='Random weights, to try out a recipe without a checkpoint.',
)
@click.option(
    '--top-k',
    '--top',
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help='Number of classes of each video, window or tube.',
)
@click.option(
    '--classes',
    help='File with one class name per line. Default: names in the checkpoint, then in '
    'the config, then numbers.',
)
@click.option('--device', default='cpu', show_default=True)
@click.option(
    '--accelerate/--no-accelerate',
    default=True,
    show_default=True,
    help='Fold norm layers and use channels-last maps on a CPU.',
)
@click.option(
    '--batch-size',
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help='Videos or windows that a recognizer takes at once.',
)
@click.option(
    '--window',
    type=float,
    metavar='SECONDS',
    help='Classify windows of this length instead of whole videos.',
)
@click.option(
    '--stride',
    type=float,
    metavar='SECONDS',
    help='Distance of the windows. Default: --window.',
)
@click.option(
    '--out',
    'outs',
    multiple=True,
    help='File to write: .jsonl, .csv, or .mp4 with drawn tubes. May be repeated.',
)
@click.option(
    '--timeline',
    help='Picture to write (.png): classes of the windows, or tubes, over time.',
)
@click.option(
    '--json',
    help=f'{_TUBES}file to write (.json). In its name and in --out .mp4, {{name}} '
    'stands for the video; several videos need it.',
)
@click.option(
    '--max-frames',
    type=click.IntRange(min=1),
    help=f'{_TUBES}stop after this number of frames.',
)
@click.option(
    '--score-threshold', type=float, help=f'{_TUBES}lowest score that starts a tube.'
)
@click.option(
    '--max-gap', type=int, help=f'{_TUBES}maximum number of frames that a tube misses.'
)
@click.option(
    '--occlusion',
    type=float,
    metavar='SECONDS',
    help=f'{_TUBES}time that a shown tube may miss, if longer. Default: 0.75.',
)
@click.option(
    '--motion/--no-motion',
    default=None,
    help=f'{_TUBES}find hidden actors by their motion. Default: yes.',
)
@click.option(
    '--appearance',
    type=click.Choice(['colour', 'network', 'none']),
    help=f'{_TUBES}tell actors apart by colours, or features of the network. Default: '
    'colour.',
)
@click.option(
    '--class-threshold',
    'class_thresholds',
    multiple=True,
    metavar='VALUE',
    help=f'{_TUBES}class score that starts a tube, which ends when the score falls: '
    'VALUE for all classes, NAME=VALUE (also by number), or a .json file; may be '
    'repeated. Default: tubes are as long as their actor is seen.',
)
@click.option(
    '--end-ratio',
    type=float,
    help=f'{_TUBES}share of the threshold below which an action ends. Default: 0.5.',
)
@click.option(
    '--end-after',
    type=float,
    metavar='SECONDS',
    help=f'{_TUBES}time below before a tube ends. Default: 0.2.',
)
@click.option(
    '--delay',
    metavar='FRAMES',
    help=f'{_TUBES}give results this number of frames later, with the class of the '
    'clip that ends there; "centered": of the clip around the frame. Default: 0.',
)
@click.option(
    '--together',
    is_flag=True,
    default=None,
    help=f'{_TUBES}run all videos and cameras at the same time.',
)
@click.option(
    '--size', type=int, nargs=2, help=f'{_TUBES}width and height of the input.'
)
@click.option('--height', type=int, help=f'{_TUBES}height of the frames in --out.')
@click.option(
    '--drop',
    type=click.Choice(['oldest', 'none']),
    help=f'{_TUBES}frames to drop if a camera is faster. Default: oldest.',
)
@click.option(
    '--show', is_flag=True, default=None, help=f'{_TUBES}show them in a window.'
)
def predict(
    videos: Tuple[str, ...],
    config: str,
    checkpoint: Optional[str],
    runtime: str,
    random_weights: bool,
    classes: Optional[str],
    device: str,
    accelerate: bool,
    outs: Tuple[str, ...],
    timeline: Optional[str],
    top_k: int,
    batch_size: int,
    window: Optional[float],
    stride: Optional[float],
    **tubes: Any,
) -> int:
    """Classify videos, or find action tubes in them.

    The model decides: a recognizer gives the likely classes of each video, a detector
    the action tubes. Cameras and URLs of a recognizer need --window. Ctrl-C ends the
    run and keeps the results.
    """
    from ..video.find_sources import find_sources
    from .predict import Timeline
    from .predict import predict as run
    from .result_files import ResultFiles
    from .windows import check_window

    check_window(window, stride)
    sources = find_sources(videos)
    drawn = [each for each in outs if each.lower().endswith('.mp4')]
    if runtime == 'torch':
        opened = _torch_model(config, checkpoint, random_weights)
    else:
        given = {
            '--weights': checkpoint is not None,
            '--random-weights': random_weights,
            '--device': device != 'cpu',
            '--no-accelerate': not accelerate,
        }
        opened = _exported_model(runtime, config, given)
    finds_tubes, open_model = opened
    tubes = _check_tubes(config, finds_tubes, drawn, tubes, len(sources))
    if timeline and not finds_tubes and window is None:
        raise click.UsageError('--timeline shows windows; give --window SECONDS')
    files = ResultFiles([each for each in outs if each not in drawn])
    picture = Timeline(timeline, len(sources))
    inferencer = open_model(device, classes, accelerate, tubes)
    return run(
        inferencer,
        sources,
        files,
        picture,
        top_k=top_k,
        batch_size=batch_size,
        window=window,
        stride=stride,
    )


_Opened = Tuple[bool, Callable[..., 'VideoInferencer']]


def _torch_model(
    config: str, checkpoint: Optional[str], random_weights: bool
) -> _Opened:
    """True for a detector, and the function that builds the inferencer."""
    from .inferencer import Inferencer, detector_of
    from .loading import load_config
    from .shipped_weights import shipped_for

    if checkpoint is None and not random_weights:
        shipped = shipped_for(config)
        checkpoint = shipped and shipped.url
    if (checkpoint is None) == (not random_weights):
        raise click.UsageError(
            'give --weights CHECKPOINT, or --random-weights to try out the model '
            'without training; `mmvkp weights list` shows the models with weights'
        )
    cfg = load_config(config)
    return detector_of(cfg) is not None, partial(Inferencer, cfg, checkpoint)


def _exported_model(runtime: str, path: str, given: Dict[str, bool]) -> _Opened:
    """True for a detector, and the function that opens the file."""
    from ..methods import RUNTIMES, resolve

    wrong = ', '.join(name for name, is_given in given.items() if is_given)
    if wrong:
        raise click.UsageError(f'{wrong}: without effect with --runtime {runtime}')
    model = resolve(RUNTIMES[runtime])(path)

    def finish(
        device: str, classes: Optional[str], fast: bool, tubes: Dict[str, Any]
    ) -> 'VideoInferencer':
        model.configure(classes, **tubes)
        return model

    return model.finds_tubes, finish


def _check_tubes(
    config: str,
    finds_tubes: bool,
    drawn: Sequence[str],
    options: Dict[str, Any],
    num_videos: int,
) -> Dict[str, Any]:
    """Options of a detector that were given."""
    if len(drawn) > 1:
        raise click.UsageError(f'--out: {len(drawn)} .mp4 are given, one is written')
    options = dict(options, out=drawn[0] if drawn else None)
    given = {key: value for key, value in options.items() if value not in (None, ())}
    if str(given.get('delay', '')).isdigit():
        given['delay'] = int(given['delay'])
    if given and not finds_tubes:
        names = ', '.join(f'--{key.replace("_", "-")}' for key in given)
        raise click.UsageError(f'{names}: the model of {config} finds no tubes')
    single = [
        f'--{key}'
        for key in ('out', 'json', 'show')
        if key in given and '{name}' not in str(given[key])
    ]
    if single and num_videos > 1:
        raise click.UsageError(
            f'{", ".join(single)} for one video at a time, {num_videos} are given; '
            'put {name} into the name of the file, or write --out results.jsonl'
        )
    return given
