"""Answers of recognizers: classes, and the frames with the attention of the method."""

import time
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Tuple, Union

import numpy as np
from mmengine.config import Config
from torch import nn

from ..afnet.cost import measure_law, weightless_copy
from ..methods import methods_of, resolve
from ..recognition.clip_cost import clip_cost, input_size
from ..recognition.clips import Box, Clip
from ..recognition.draw_clips import ClipOptions, movie_frames, strip_rows
from ..recognition.inspection import Inspector, Row
from ..recognition.loading import Watched, class_names_of, load_config, load_recognizer
from ..recognition.predictions import Prediction
from ..recognition.shipped_weights import ShippedWeights
from ..video.files import VideoFile, write_picture
from ..video.text import put_text, scale_to, stack_rows, text_size
from .answer_files import write_content
from .answers import Answer, Step
from .uploads import SIDE

LEGENDS = {
    'KPSEM': 'Crosses are the key points of one channel in four regions, arrows their '
    'shifts to the next frame. Shifts show motion.',
    'AFResNet': 'One row for each block of the network. A block with a wide branch '
    'skips the frames with a red cross; its thin branch sees all frames.',
    'AKNet': 'Marked cells are the action keypoints, which the rest of the network '
    'computes; all other cells are dropped. Yellow cells have the highest scores.',
}
_PLAIN = 'The frames that the network sees. This host has no selection to show.'
_HEIGHT, _COLUMNS = 192, 4
_MOVIE_FPS = 4


class PlainClip(NamedTuple):
    """A clip of a network without a method; see `Inspection`."""

    frames: np.ndarray
    numbers: np.ndarray
    box: Box
    scores: np.ndarray


class PlainInspector(Inspector):
    """Runs a recognizer without recording anything else than its scores."""

    def find_module(self, model: nn.Module) -> nn.Module:
        """The backbone."""
        return model.get_submodule('backbone')

    def collect(self, clip: Clip, seen: Watched) -> PlainClip:
        """Frames and scores."""
        return PlainClip(clip.frames, clip.numbers, clip.box, seen.scores)


def draw_plain(result: PlainClip, title: str, height: int = 256) -> List[Row]:
    """Frames with their numbers."""
    drawn = [scale_to(frame, height) for frame in result.frames]
    for frame, number in zip(drawn, result.numbers):
        put_text(frame, str(number), (4, 4), text_size(height), outline=True)
    return [Row(title, np.stack(drawn))]


class ClassAnalyser:
    """A recognizer with shipped weights.

    Args:
        weights (ShippedWeights): The weights.
    """

    def __init__(self, weights: ShippedWeights) -> None:
        self.weights = weights
        self.config = load_config(weights.recipe)
        self.model = load_recognizer(self.config, weights.url)
        self.model.cls_head.average_clips = 'prob'
        self.names = class_names_of(
            self.config, self.model.cls_head.num_classes, None, self.model
        )
        found = methods_of(self.config)
        self.inspector: Inspector = PlainInspector(self.model, self.config)
        self.draw: Any = draw_plain
        if found:
            self.inspector = resolve(found[0].inspector)(self.model, self.config)
            self.draw = resolve(found[0].drawing)
        self.kind = kind_of(self.config)

    def analyse(self, video: str, folder: Path) -> Iterator[Union[Step, Answer]]:
        """Classify a video and draw the places that the network attends to.

        Args:
            video (str): Video of the size of the training.
            folder (Path): Folder of the written files.

        Yields:
            Step: Progress.
            Answer: The last item.
        """
        name = self.weights.name
        yield Step(f'{name}: running the network', 0.2)
        start = time.perf_counter()
        result = self.inspector(video)
        seconds = time.perf_counter() - start
        yield Step(f'{name}: drawing', 0.6)
        prediction = Prediction(Path(video).name, result.scores, self.names)
        best, score = prediction.top(1)[0]
        headline = f'{best} {100 * score:.1f} %'
        blocks = getattr(result, 'blocks', None)
        options: Dict[str, Any] = (
            {} if blocks is None else {'blocks': range(len(blocks))}
        )
        rows = self.draw(result, f'{name}: {headline}', _HEIGHT, **options)
        files = [folder / f'{name}{end}' for end in ('.png', '.mp4', '.json')]
        clip = ClipOptions((str(files[0]),), height=_HEIGHT)
        strips = strip_rows(in_lines(rows), clip)
        write_picture(str(files[0]), stack_rows(strips))
        yield Step(f'{name}: writing the video', 0.8)
        with VideoFile(str(files[1]), _MOVIE_FPS) as movie:
            for frame in movie_frames(rows, clip):
                movie.write(frame)
        facts = [*self.cost(result), ('time', f'{seconds:.2f} s')]
        content = dict(prediction.content(), attention=attention_of(result))
        write_content(files[2], self.weights, facts, content)
        yield Answer(
            name,
            headline,
            prediction.top(5),
            facts,
            LEGENDS.get(self.kind, _PLAIN),
            *files,
        )

    def cost(self, result: Any) -> List[Tuple[str, str]]:
        """Parameters, and MACs of this clip.

        Args:
            result (Inspection): Its masks, if there are any, decide on the MACs.
        """
        frames = self.config.get('num_segments') or self.config.clip_len
        side = input_size(self.config) or SIDE
        parameters, macs = clip_cost(self.config.model, frames, side)
        facts = [('parameters', f'{parameters:,}')]
        if not hasattr(result, 'masks'):
            return [*facts, ('cost', f'{macs / 1e6:.1f} million MACs')]
        law = measure_law(weightless_copy(self.model), (frames, 3, side, side))
        kept = (result.masks != 0).mean(0)
        share = f'{100 * kept.mean():.0f} % of the frames, mean of the blocks'
        cost = f'{law.macs(kept) / 1e6:.1f} of {law.at(1.0) / 1e6:.1f} million MACs'
        return [*facts, ('computed', share), ('cost', cost)]


def in_lines(rows: List[Row]) -> List[Row]:
    """Divide a single row into lines of `_COLUMNS` frames, for narrow screens."""
    if len(rows) > 1:
        return rows
    return [
        Row(
            row.text if first == 0 else f'frames {first} to {last - 1} of the clip',
            row.frames[first:last],
            row.legend if last == len(row.frames) else None,
        )
        for row in rows
        for first in range(0, len(row.frames), _COLUMNS)
        for last in (min(first + _COLUMNS, len(row.frames)),)
    ]


def kind_of(config: Config) -> str:
    """Type of the part that `LEGENDS` describes."""
    parts = [config.model.get('neck'), config.model.backbone]
    types = [part['type'] for part in parts if part]
    return next((each for each in types if each in LEGENDS), '')


def attention_of(result: Any) -> Dict[str, Any]:
    """Attention of a method as plain values.

    Args:
        result (Inspection): Result of an inspector.

    Returns:
        dict: `frames`, numbers of the frames in the video; of AFNet `kept` by block, of
        AK-Net `points` as t, y, x in cells, of KPSEM `points` and `shifts` of the first
        set of regions, channels x frames x regions x (x, y) in cells.
    """
    found: Dict[str, Any] = dict(frames=result.numbers.tolist())
    if hasattr(result, 'masks'):
        found['kept'] = dict(zip(result.blocks, (result.masks.T != 0).tolist()))
    elif hasattr(result, 'points'):
        found['points'] = result.points.tolist()
    elif hasattr(result, 'shifts'):
        for key in ('points', 'shifts'):
            values = getattr(result.shifts, key)[0, :, :, 0].numpy()
            found[key] = values.astype(float).round(3).tolist()
    return found
