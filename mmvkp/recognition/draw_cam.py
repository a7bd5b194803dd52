"""Draw the Grad-CAM of several models on one video (Fig. 9 of KPSEM).

Usage::

    python tools/visualizations/vis_cam_pair.py VIDEO
        --pair CONFIG CHECKPOINT LAYER --pair CONFIG CHECKPOINT LAYER
        [--names MFNet MF-KPSEM] [--frames 4] [--out FILE.png]

runs MMAction2's ``visualizations/vis_cam.py`` on each model and puts the same
frames below each other, the first pair (the baseline) uppermost. A row says
which class, the most probable one, its colours explain: yellow did much for
it, blue little.

LAYER is the path of a module with a map (N, C, T, H, W), with slashes. The
last convolution, as in the paper, is ``backbone/stages/3/2/conv2/conv`` in
MFNet, alone or below KPSEM (``backbone/tail`` is the whole last map), and
``backbone/stages/1/1/conv2/conv`` in the small MFNet of StickAction;
``backbone/layer2/1/conv2/conv`` in its R3D, ``backbone/layer4/2/conv3/conv``
in R3D-50. A neck, and a host that gives two maps, need nothing else; of KPSEM
itself the picture shows nothing, since its output has no cells.

What `vis_cam.py` of MMAction2 1.2.0 does not do is done here: it takes the
pipeline from ``test_pipeline`` alone, so each config is handed over with the
one of its test data set there; it would draw all views of the pipeline, so
that is cut to one; it encodes its frames, so they are taken before; and it
accepts a checkpoint of another model, so that is checked before.
"""

import argparse
import os.path as osp
import sys
import tempfile
from contextlib import contextmanager
from types import ModuleType
from typing import Iterator, List, NamedTuple, Optional, Sequence
from unittest import mock

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate

from ..video.files import run_tool, write_picture
from ..video.text import caption, evenly, one_below_the_other, scale_to, side_by_side
from .clip_reader import reader_of, video_source
from .host_tools import run_host_script
from .loading import class_names_of, load_config, load_recognizer

SCRIPT = osp.join('visualizations', 'vis_cam.py')


class Row(NamedTuple):
    """Frames with colours (T', H, W, 3) of one model, what it saw of the
    video, the class it predicts and its probability."""

    frames: np.ndarray
    numbers: np.ndarray
    label: str
    probability: float


def parse_args(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    add = parser.add_argument
    add('video', help='video file (a folder of frames, if the configs read these)')
    add(
        '--pair',
        nargs=3,
        action='append',
        required=True,
        metavar=('CONFIG', 'CHECKPOINT', 'LAYER'),
        help='a model and its target layer; at least two times',
    )
    add('--names', nargs='+', help='what the models are called')
    add(
        '--frames',
        type=int,
        default=4,
        help='frames to show, spread over the clip (default: %(default)s)',
    )
    add('--classes', help='file with a class name per line')
    add(
        '--height',
        type=int,
        default=224,
        help='height of the frames (default: %(default)s)',
    )
    add('--device', default='cpu', help='default: %(default)s')
    add('--out', default='cam_pair.png', help='picture to write (default: %(default)s)')
    args = parser.parse_args(argv)
    if len(args.pair) < 2:
        parser.error('--pair must be given for the baseline and for the method')
    if args.names is None:
        args.names = [osp.splitext(osp.basename(each[0]))[0].split('_')[0]
                      for each in args.pair]  # yapf: disable
    if len(args.names) != len(args.pair):
        parser.error(
            f'--names gives {len(args.names)} names for {len(args.pair)} models'
        )
    if args.frames < 1:
        parser.error(f'--frames {args.frames} must be at least 1')
    if not 64 <= args.height <= 2048:
        parser.error(f'--height {args.height} must be from 64 to 2048')
    if not args.out.lower().endswith('.png'):
        parser.error(f'--out {args.out} must end in .png')
    return args


def one_view(config: Config) -> List[dict]:
    """The test pipeline with one view, for one clip of a video."""
    reader = reader_of(config)
    pipeline = [dict(each) for each in config.test_dataloader.dataset.pipeline]
    sampler = reader.transforms[reader.sampler]
    pipeline[reader.sampler]['num_clips'] = sampler.num_clips
    pipeline[reader.sampler].pop('twice_sample', None)
    return pipeline


def check_layer(model: torch.nn.Module, layer: str) -> None:
    """Refuse a layer that the model does not have."""
    module, path = model, []
    for name in layer.split('/'):
        children = dict(module.named_children())
        if name not in children:
            raise ValueError(
                f'there is no layer {layer}: {"/".join(path) or "the model"} '
                f'has {", ".join(children) or "no parts"}, not {name!r}. '
                'Give a path with slashes, such as '
                'backbone/stages/3/2/conv2/conv.'
            )
        module = children[name]
        path.append(name)


@contextmanager
def taken_frames() -> Iterator[List[np.ndarray]]:
    """Take the frames that the host's tool would encode.

    They come without losses, and no MoviePy has to be there.
    """
    taken: List[np.ndarray] = []

    class Taker:
        """Stands for MoviePy's `ImageSequenceClip`."""

        def __init__(self, frames: List[np.ndarray], fps: int) -> None:
            taken.extend(frames)

        def write_gif(self, path: str) -> None:
            """Write nothing."""

    package, editor = ModuleType('moviepy'), ModuleType('moviepy.editor')
    package.editor, editor.ImageSequenceClip = editor, Taker
    names = {'moviepy': package, 'moviepy.editor': editor}
    with mock.patch.dict(sys.modules, names):
        yield taken


def run_cam(
    config: Config, checkpoint: str, video: str, layer: str, device: str
) -> np.ndarray:
    """Run MMAction2's tool.

    Returns:
        np.ndarray: (T', H, W, 3), uint8, RGB, the first crop.
    """
    with tempfile.TemporaryDirectory() as folder, taken_frames() as frames:
        path = osp.join(folder, 'config.py')
        config.dump(path)
        options = [
            path, checkpoint, video, '--target-layer-name', layer,
            '--device', device, '--out-filename', 'taken.gif'
        ]  # yapf: disable
        if osp.isdir(video):
            options.append('--use-frames')
        with mock.patch.object(sys, 'argv', [SCRIPT, *options]):
            run_host_script(SCRIPT)
    return np.stack(frames)


def draw_model(video: str, pair: Sequence[str], args: argparse.Namespace) -> Row:
    """Predict the class of the video and colour what it comes from."""
    path, checkpoint, layer = pair
    config = load_config(path)
    config.test_pipeline = one_view(config)
    model = load_recognizer(config, checkpoint, args.device)
    check_layer(model, layer)
    model.cls_head.average_clips = 'prob'
    clip = reader_of(config).read(video_source(video, config.test_dataloader.dataset))
    with torch.no_grad():
        scores = model.test_step(pseudo_collate([clip.sample]))[0].pred_score
    names = class_names_of(config, len(scores), args.classes)
    best = int(scores.argmax())
    try:
        frames = run_cam(config, checkpoint, video, layer, args.device)
    except (RuntimeError, AttributeError, TypeError, ValueError) as error:
        raise ValueError(
            f"MMAction2's vis_cam.py cannot draw layer {layer} of {path} "
            f'({type(error).__name__}: {error}); choose a layer whose output '
            'is a map, such as a convolution of the backbone.'
        ) from error
    frames = frames[: len(clip.numbers)]
    return Row(frames, clip.numbers, names[best], float(scores[best]))


def check_rows(rows: Sequence[Row], pairs: Sequence[Sequence[str]]) -> None:
    """Refuse models that look at other frames of the video."""
    for row, pair in zip(rows[1:], pairs[1:]):
        if not np.array_equal(row.numbers, rows[0].numbers):
            raise ValueError(
                f'{pair[0]} samples the frames {row.numbers.tolist()}, '
                f'{pairs[0][0]} the frames {rows[0].numbers.tolist()}; give '
                'configs with the same clip_len and frame_interval.'
            )


def main(args: argparse.Namespace) -> None:
    """Run all models and write the picture."""
    rows, strips, chosen = [], [], None
    for name, pair in zip(args.names, args.pair):
        print(f'{name}: Grad-CAM of {pair[2]}', flush=True)
        rows.append(draw_model(args.video, pair, args))
        check_rows(rows, args.pair)
    chosen = evenly(len(rows[0].frames), args.frames)
    size = max(9, args.height // 20)
    for name, row in zip(args.names, rows):
        strip = side_by_side([scale_to(row.frames[i], args.height) for i in chosen])
        text = f'{name}: {row.label} {100 * row.probability:.1f} %'
        strips.append(np.vstack([caption(text, strip.shape[1], size), strip]))
    write_picture(args.out, one_below_the_other(strips))
    print(
        f'{osp.basename(args.video)}: frames '
        f'{rows[0].numbers[chosen].tolist()} -> {args.out}'
    )


if __name__ == '__main__':
    options = parse_args()
    sys.exit(run_tool('vis_cam_pair.py', lambda: main(options)))
