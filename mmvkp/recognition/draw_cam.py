"""Grad-CAM of several models on one video (Fig. 9 of KPSEM).

MMAction2's `visualizations/vis_cam.py` draws each model. It has four limits,
which are handled here: it reads `test_pipeline` only, so that the pipeline of the
test data set is copied there; it draws all views, so that the pipeline is cut to
one; it encodes the frames, so that they are taken before; it accepts checkpoints
of other models, so that these are checked first.
"""

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
from torch import nn

from ..console import say
from ..video.files import write_picture
from ..video.text import caption, evenly, scale_to, side_by_side, stack_rows
from .clip_reader import reader_of
from .clips import video_source
from .host_tools import run_host_tool
from .loading import class_names_of, load_config, load_recognizer


class CamModel(NamedTuple):
    """A model and its target layer.

    Args:
        name (str): Name in the picture.
        config (str): Its config.
        checkpoint (str): Its checkpoint.
        layer (str): Path of a module with a map (N, C, T, H, W), with slashes.
    """

    name: str
    config: str
    checkpoint: str
    layer: str


class Cam(NamedTuple):
    """Grad-CAM of one model.

    Args:
        frames (np.ndarray): (T, H, W, 3), uint8, RGB, frames with colors.
        numbers (np.ndarray): (T,), their positions in the video.
        label (str): Predicted class, which the colors explain.
        probability (float): Its probability.
    """

    frames: np.ndarray
    numbers: np.ndarray
    label: str
    probability: float


def one_view(config: Config) -> List[dict]:
    """Test pipeline with one view, for one clip of a video."""
    reader = reader_of(config)
    pipeline = [dict(each) for each in config.test_dataloader.dataset.pipeline]
    sampler = reader.transforms[reader.sampler]
    pipeline[reader.sampler]['num_clips'] = sampler.num_clips
    pipeline[reader.sampler].pop('twice_sample', None)
    return pipeline


def check_layer(model: nn.Module, layer: str) -> None:
    """Refuse a layer that the model does not have.

    Raises:
        ValueError: If the layer is missing; the message lists those there are.
    """
    module = model
    path: List[str] = []
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
def captured_frames() -> Iterator[List[np.ndarray]]:
    """Capture the frames that the script would encode.

    They are lossless, and MoviePy is not needed.

    Yields:
        list[np.ndarray]: Filled with frames (H, W, 3).
    """
    captured: List[np.ndarray] = []

    class Capture:
        """Replaces MoviePy's `ImageSequenceClip`."""

        def __init__(self, frames: List[np.ndarray], fps: int) -> None:
            captured.extend(frames)

        def write_gif(self, path: str) -> None:
            """Write nothing."""

    package, editor = ModuleType('moviepy'), ModuleType('moviepy.editor')
    vars(package)['editor'] = editor
    vars(editor)['ImageSequenceClip'] = Capture
    names = {'moviepy': package, 'moviepy.editor': editor}
    with mock.patch.dict(sys.modules, names):
        yield captured


def run_cam(
    config: Config, checkpoint: str, video: str, layer: str, device: str
) -> np.ndarray:
    """Run MMAction2's script.

    Returns:
        np.ndarray: Frames of shape (T', H, W, 3), uint8, RGB, first crop first.
    """
    with tempfile.TemporaryDirectory() as folder, captured_frames() as frames:
        path = osp.join(folder, 'config.py')
        config.dump(path)
        options = ['--target-layer-name', layer, '--device', device]
        options += ['--out-filename', 'unused.gif']
        if osp.isdir(video):
            options.append('--use-frames')
        run_host_tool('visualizations/vis_cam', [path, checkpoint, video, *options])
    return np.stack(frames)


def cam_of(
    video: str, each: CamModel, classes: Optional[str] = None, device: str = 'cpu'
) -> Cam:
    """Predict the class of a video and color its evidence.

    Args:
        video (str): Video file, or folder of frames.
        each (CamModel): The model.
        classes (str, optional): File with one class name per line.
        device (str): Device of the model.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If a file cannot be read, or the layer has no map.
    """
    config = load_config(each.config)
    config.test_pipeline = one_view(config)
    model = load_recognizer(config, each.checkpoint, device)
    check_layer(model, each.layer)
    model.cls_head.average_clips = 'prob'
    clip = reader_of(config).read(video_source(video, config.test_dataloader.dataset))
    with torch.no_grad():
        scores = model.test_step(pseudo_collate([clip.sample]))[0].pred_score
    names = class_names_of(config, len(scores), classes, model)
    best = int(scores.argmax())
    try:
        frames = run_cam(config, each.checkpoint, video, each.layer, device)
    except (RuntimeError, AttributeError, TypeError, ValueError) as error:
        raise ValueError(
            f"MMAction2's vis_cam.py cannot draw layer {each.layer} of {each.config} "
            f'({type(error).__name__}: {error}); choose a layer whose output '
            'is a map, such as a convolution of the backbone.'
        ) from error
    frames = frames[: len(clip.numbers)]
    return Cam(frames, clip.numbers, names[best], float(scores[best]))


def draw_cams(
    video: str,
    models: Sequence[CamModel],
    out: str,
    num_frames: int = 4,
    classes: Optional[str] = None,
    height: int = 224,
    device: str = 'cpu',
) -> None:
    """Draw the same frames for all models, one model below the other.

    Args:
        video (str): Video file, or folder of frames.
        models (Sequence[CamModel]): Models, the baseline first.
        out (str): Picture to write.
        num_frames (int): Frames to show, spread over the clip.
        classes (str, optional): File with one class name per line.
        height (int): Height of the frames in pixels.
        device (str): Device of the models.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If a model cannot be drawn, or samples other frames.
    """
    strips, size = [], max(9, height // 20)
    first: Optional[Cam] = None
    for each in models:
        say(f'{each.name}: Grad-CAM of {each.layer}')
        cam = cam_of(video, each, classes, device)
        first = first or cam
        if not np.array_equal(cam.numbers, first.numbers):
            raise ValueError(
                f'{each.config} samples the frames {cam.numbers.tolist()}, '
                f'{models[0].config} the frames {first.numbers.tolist()}; give '
                'configs with the same clip_len and frame_interval.'
            )
        chosen = evenly(len(first.frames), num_frames)
        strip = side_by_side([scale_to(cam.frames[i], height) for i in chosen])
        text = f'{each.name}: {cam.label} {100 * cam.probability:.1f} %'
        strips.append(np.vstack([caption(text, strip.shape[1], size), strip]))
    write_picture(out, stack_rows(strips))
    if first is not None:
        numbers = first.numbers[evenly(len(first.frames), num_frames)].tolist()
        say(f'{osp.basename(video)}: frames {numbers} -> {out}')
