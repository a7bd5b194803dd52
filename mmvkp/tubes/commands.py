"""Commands of action tubes."""

import ast
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

import click

from ..class_files import read_label_map
from ..console import command, say
from . import convert as conversion
from .benchmark import BenchmarkSize, run_benchmark
from .convert_options import ConvertCommand, format_options, own_video_options
from .draw_video import draw_video, draw_video_space_time
from .dump_evaluation import evaluate_dumps
from .formats import FORMATS, FormatOptions
from .formats.media import Media
from .limits import short_text
from .options import make_options
from .tracking import evaluate_track_files
from .tube_files import read_ground_truth, read_tubes

FILE = click.Path(path_type=Path)
POSITIVE = click.IntRange(min=1)


@click.command(
    cls=ConvertCommand,
    inputs='Annotations in one of the formats above; lists with one video per line.',
    outputs='A pickle in the layout of UCF101v2-GT.pkl, or a .json of the same '
    'structure. Frames count from 1; boxes are pixels from 0, ends inclusive.',
    example='mmvkp data convert cvat-xml annotations.xml my.pkl --test test.txt',
)
@click.argument('format', type=click.Choice(list(FORMATS)), metavar='FORMAT')
@click.argument('sources', nargs=-1, required=True, type=FILE, metavar='SOURCE...')
@click.argument('out', type=FILE)
@click.option(
    '--train',
    multiple=True,
    type=FILE,
    metavar='LIST',
    help='Training videos, one list per split; may be repeated. Default: all videos '
    'that are not in --test.',
)
@click.option(
    '--test', multiple=True, type=FILE, metavar='LIST', help='Test videos, likewise.'
)
@own_video_options
@click.option('--frames', type=FILE, help='Folder with a folder of frames per video.')
@click.option('--videos', type=FILE, help='Folder with a video file per video.')
@click.option(
    '--resolution',
    type=POSITIVE,
    nargs=2,
    metavar='HEIGHT WIDTH',
    help='Size of all videos, in place of --frames or --videos.',
)
@click.option('--num-frames', type=POSITIVE, help='Length of all videos.')
@click.option(
    '--labels',
    type=FILE,
    help='Class names: one per line, "id: name", .csv, .json or .pbtxt.',
)
@click.option(
    '--max-gap',
    type=click.IntRange(0, 1000),
    default=0,
    show_default=True,
    help='Longest gap in frames that is interpolated; a longer gap splits the tube.',
)
@click.option(
    '--clip', is_flag=True, help='Clip boxes to the image; boxes outside are left out.'
)
@click.option(
    '--strict', is_flag=True, help='Refuse a source of which something is left out.'
)
@format_options
def convert(
    format: str,
    sources: Tuple[Path, ...],
    out: Path,
    train: Tuple[Path, ...],
    test: Tuple[Path, ...],
    frames: Optional[Path],
    videos: Optional[Path],
    resolution: Optional[Tuple[int, int]],
    num_frames: Optional[int],
    labels: Optional[Path],
    clip: bool,
    strict: bool,
    test_share: Optional[float],
    skip_damaged: bool,
    **options: Any,
) -> None:
    """Convert tube annotations of other tools.

    Sizes and lengths of the videos come from the annotations where they have
    them, else from --frames, --videos, or --resolution and --num-frames. The
    joints of JHMDB (joint_positions.mat) need no conversion. A table counts the
    videos, tracks and shapes that were read, converted and left out.
    """
    media = Media(frames, videos, resolution, num_frames)
    label_map = read_label_map(labels) if labels else None
    reader = FormatOptions(media, label_map, **options)
    faults = conversion.convert(
        *(format, sources, out, reader, train, test, clip, strict),
        test_share=test_share,
        skip_damaged=skip_damaged,
    )
    for fault in faults[:20]:
        say(short_text(fault, 400), err=True)
    if faults:
        more = f' ({len(faults) - 20} more)' if len(faults) > 20 else ''
        raise ValueError(f'nothing was written{more}; correct the records above.')


def _read_threshold(text: str) -> Union[float, str]:
    """Convert a number; a range such as '0.5:0.95' stays a string."""
    try:
        return float(text)
    except ValueError:
        return text


def _read_linker(kind: str, settings: Sequence[str]) -> Dict[str, Any]:
    """Config of a linker from `NAME=VALUE`."""
    result: Dict[str, Any] = dict(type=kind)
    for setting in settings:
        name, sign, value = setting.partition('=')
        try:
            result[name] = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            sign = ''
        if not sign:
            raise click.UsageError(
                f'--link-option: {setting!r} is not NAME=VALUE with a number, True, '
                'False or None.'
            )
    return result


@command(
    "Annotations, and the file that TubeMetric(dump='FILE.npz') wrote in a test.",
    'A table of AP by class; with --out the linked tubes, which "mmvkp draw tubes" '
    "reads; with --moc-out the detections in the layout of MOC's evaluation.",
    'mmvkp evaluate tubes JHMDB-GT.pkl split1.npz --out tubes.json',
)
@click.argument('pairs', nargs=-1, required=True, metavar='ANNOTATIONS DUMP...')
@click.option(
    '--split',
    'splits',
    type=POSITIVE,
    multiple=True,
    default=[1],
    show_default=True,
    help='Split of the annotations, from 1; once for all dumps, or once for each.',
)
@click.option(
    '--protocol', type=click.Choice(['act', 'voc']), default='act', show_default=True
)
@click.option(
    '--preset',
    type=click.Choice(['moc', 'act']),
    default='moc',
    show_default=True,
    help='Suppression and linking of MOC or ACT.',
)
@click.option(
    '--class-window',
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help='Average the classes over this many frames before and after each frame; for '
    'detectors that classify clips.',
)
@click.option(
    '--linker',
    type=click.Choice(['greedy', 'viterbi']),
    default='greedy',
    show_default=True,
)
@click.option(
    '--link-option',
    'link_options',
    multiple=True,
    metavar='NAME=VALUE',
    help='Parameter of the linker, e.g. max_gap=3; may be repeated.',
)
@click.option(
    '--frame-iou-threshold',
    'frame_thresholds',
    multiple=True,
    default=['0.5'],
    show_default=True,
    help="IoU of frame-mAP, or a range such as '0.5:0.95'; may be repeated.",
)
@click.option(
    '--video-iou-threshold',
    'video_thresholds',
    multiple=True,
    default=['0.2', '0.5', '0.75', '0.5:0.95'],
    show_default=True,
    help='IoU of video-mAP, likewise.',
)
@click.option(
    '--tube-nms-threshold',
    type=float,
    default=0.3,
    show_default=True,
    help='Largest overlap with a better tube of the same class.',
)
@click.option(
    '--empty-classes',
    type=click.Choice(['skip', 'zero']),
    default='skip',
    show_default=True,
    help='Classes without ground truth: skip them, or count predicted ones as 0.',
)
@click.option('--out', type=FILE, help='File for the linked tubes (.json).')
@click.option('--moc-out', type=FILE, help="New folder for MOC's layout.")
@click.option(
    '--error-sources',
    is_flag=True,
    help='Also print the metrics with true extents, boxes and classes.',
)
def evaluate(
    pairs: Tuple[str, ...],
    splits: Tuple[int, ...],
    protocol: str,
    preset: str,
    class_window: int,
    linker: str,
    link_options: Tuple[str, ...],
    frame_thresholds: Tuple[str, ...],
    video_thresholds: Tuple[str, ...],
    tube_nms_threshold: float,
    **outputs: Any,
) -> None:
    """Compute frame-mAP and video-mAP of a dump, with any settings.

    With several pairs of annotations and dump their average is printed too, as
    published for the three splits of JHMDB. A dump lacks the detections beyond
    max_per_frame_class of the metric.
    """
    if len(pairs) % 2:
        raise click.UsageError('give annotations and dump in turns: ANNOTATIONS DUMP.')
    options = make_options(
        protocol,
        dict(type=preset, class_window=class_window),
        _read_linker(linker, link_options),
        [_read_threshold(each) for each in frame_thresholds],
        [_read_threshold(each) for each in video_thresholds],
        tube_nms_threshold,
    )
    both: List[Tuple[str, str]] = list(zip(pairs[::2], pairs[1::2]))
    evaluate_dumps(both, splits, options, **outputs)


@command(
    'Annotations, and files of "mmvkp predict --json". Needs TrackEval: pip install '
    "'mmvkp[tracking]'.",
    'A table: HOTA, DetA, AssA, IDF1, MOTA and the number of id switches.',
    'mmvkp evaluate tracks my.pkl tubes/garden.json tubes/street.json',
)
@click.argument('annotations')
@click.argument('tubes', nargs=-1, required=True, metavar='TUBES...')
def evaluate_tracks(annotations: str, tubes: Tuple[str, ...]) -> None:
    """Compute HOTA and IDF1 of the ids of tubes.

    Every annotated tube is a track, whatever its class. All frames of the videos in the
    files count.
    """
    evaluate_track_files(annotations, tubes)


@command(
    'A video or folder of frames; annotations (.pkl or .json) or linked tubes of '
    '"mmvkp evaluate tubes --out" and "mmvkp predict" (.json).',
    'A movie (.mp4), a strip of frames (.png or .jpg), or a plot in space and time.',
    'mmvkp draw tubes a.mp4 --ann my.pkl --video-id a --out a_tubes.mp4',
)
@click.argument('video', type=FILE)
@click.option('--video-id', required=True, help='Name of the video in the tubes.')
@click.option('--ann', help='Annotations.')
@click.option('--tubes', help='Linked tubes, .json.')
@click.option(
    '--plot',
    type=click.Choice(['frames', 'space-time']),
    default='frames',
    show_default=True,
    help='Tubes on their frames, or as bodies in the volume of the video. space-time '
    'takes --ann and --tubes together and marks tubes that are correct at an IoU of '
    '0.5 in red, others in green.',
)
@click.option('--out', type=FILE, default='tubes.mp4', show_default=True)
@click.option('--joints', help='Folder with the joints of all videos, for --ann.')
@click.option(
    '--score-thr',
    type=float,
    default=0.0,
    show_default=True,
    help='Skip tubes with a lower score.',
)
@click.option(
    '--height', type=POSITIVE, help='Height of the drawn frames. Default: at least 256.'
)
@click.option(
    '--num-frames',
    type=POSITIVE,
    default=8,
    show_default=True,
    help='Frames of a strip, evenly spread.',
)
@click.option(
    '--fps',
    type=POSITIVE,
    help='Frames per second of the movie. Default: the rate of the video.',
)
def draw_tubes(
    video: Path,
    video_id: str,
    ann: Optional[str],
    tubes: Optional[str],
    plot: str,
    out: Path,
    joints: Optional[str],
    score_thr: float,
    **drawing: Any,
) -> None:
    """Draw action tubes: boxes, classes, numbers, scores and joints."""
    if not (ann or tubes):
        raise click.UsageError('one of --ann and --tubes is required.')
    if ann and tubes and plot == 'frames':
        raise click.UsageError('--ann and --tubes together need --plot space-time.')
    truths, names = read_ground_truth(ann, video_id, joints) if ann else (None, [])
    found, labels = read_tubes(tubes, video_id) if tubes else ([], names)
    found = [tube for tube in found if tube.score is None or tube.score >= score_thr]
    if ann and list(names) != list(labels):
        raise ValueError(
            f'{ann} and {tubes} have different classes; give files of one data set.'
        )
    if plot == 'space-time':
        say(draw_video_space_time(video, truths, found, labels, out, video_id))
    else:
        say(draw_video(video, truths or found, labels, out, **drawing))


@command(
    'Nothing: the detections are generated.',
    'CPU seconds, peak memory and results of the metric.',
    'mmvkp benchmark tube-metric --scale 0.02',
)
@click.option('--videos', type=int, default=914, show_default=True)
@click.option(
    '--frames', type=int, default=160000, show_default=True, help='Of all videos.'
)
@click.option('--boxes', type=int, default=100, show_default=True, help='Per frame.')
@click.option('--classes', type=int, default=24, show_default=True)
@click.option('--seed', type=int, default=0, show_default=True)
@click.option(
    '--scale', type=float, default=1.0, show_default=True, help='Share of the videos.'
)
@click.option(
    '--factored',
    is_flag=True,
    help='One score per box and one per frame and class, as Point3D predicts; '
    'otherwise one score per box and class.',
)
@click.option(
    '--linker',
    type=click.Choice(['greedy', 'viterbi']),
    default='greedy',
    show_default=True,
)
@click.option(
    '--preset', type=click.Choice(['moc', 'act']), default='moc', show_default=True
)
@click.option('--max-per-frame-class', type=POSITIVE, default=30, show_default=True)
def benchmark_metric(
    linker: str, preset: str, max_per_frame_class: int, **size: Any
) -> None:
    """Time TubeMetric on detections of the size of UCF101-24."""
    run_benchmark(
        BenchmarkSize(**size),
        linker=linker,
        preset=preset,
        max_per_frame_class=max_per_frame_class,
    )
