"""Clips of a video, with the part of its frames that a network sees."""

import math
import os
import os.path as osp
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from mmaction.datasets.transforms import (
    CenterCrop,
    FormatShape,
    PackActionInputs,
    Resize,
    SampleFrames,
    ThreeCrop,
    UniformSample,
)
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope

# (x1, y1, x2, y2) in pixels of the original frame; 0 is its left or top edge,
# so that the whole frame is (0, 0, width, height).
Box = Tuple[float, float, float, float]

_MAPPED = (Resize, CenterCrop, ThreeCrop, FormatShape, PackActionInputs)
_SAMPLERS = (SampleFrames, UniformSample)
_REMEDY = (
    'Where the network looks in the original frame is known for '
    'Resize, CenterCrop and ThreeCrop without lazy, followed by '
    'StackSegmentFrames where it is needed, FormatShape and '
    'PackActionInputs; change the test pipeline of '
    'the config to these.'
)


class Clip(NamedTuple):
    """One clip and what was made of it for the network.

    Shape:
        - frames: (T', H, W, 3), uint8, RGB, the original frames.
        - numbers: (T',), their places in the video, counted from 0.
        - box: `Box`, the part of the frames that the network sees: with
          ThreeCrop the first crop.
        - sample: What the pipeline packs: `inputs` and `data_samples`.
    """

    frames: np.ndarray
    numbers: np.ndarray
    box: Box
    sample: dict


def video_source(path: str, dataset: Config) -> Dict:
    """What a test pipeline needs to know of one video.

    Args:
        path (str): Video file, or folder with the frames of a video.
        dataset (Config): Data set of the config, for the names of frames.

    Raises:
        FileNotFoundError: If there is neither a file nor a folder with
            frames of these names.
    """
    if osp.isfile(path):
        return dict(filename=path, label=-1, start_index=0, modality='RGB')
    if not osp.isdir(path):
        raise FileNotFoundError(f'no video file {path}.')
    template = dataset.get('filename_tmpl', 'img_{:05}.jpg')
    start, there = dataset.get('start_index', 1), set(os.listdir(path))
    count = 0
    while template.format(start + count) in there:
        count += 1
    if not count:
        raise FileNotFoundError(
            f'the folder {path} holds no {template.format(start)}; give a '
            'video file, or set filename_tmpl and start_index of the test '
            'data set to the names of its frames.'
        )
    return dict(
        frame_dir=path,
        total_frames=count,
        label=-1,
        start_index=start,
        filename_tmpl=template,
        modality='RGB',
    )


def map_box(box: Box, crop: Sequence[float], size: Tuple[int, int]) -> Box:
    """Part of the original frame that a crop of a part shows.

    Args:
        box (Box): Part of the original frame that was cropped.
        crop (Sequence[float]): (x1, y1, x2, y2) of the crop in pixels of the
            cropped frame, ends exclusive.
        size (tuple[int, int]): (W, H) of the cropped frame.
    """
    x, y = (box[2] - box[0]) / size[0], (box[3] - box[1]) / size[1]
    return (
        float(box[0] + crop[0] * x),
        float(box[1] + crop[1] * y),
        float(box[0] + crop[2] * x),
        float(box[1] + crop[3] * y),
    )


def _samples_segments(sampler: object) -> bool:
    """True if the `num_clips` of a sampler are the segments of one view."""
    return getattr(type(sampler), 'samples_segments', False)


class ClipReader:
    """Test pipeline that takes one view per clip and knows where it looks.

    A video is cut into equal parts, and the sampler of the pipeline sees each
    part as a video of its own.

    Transforms of other packages take part by class attributes: a sampler with
    `samples_segments = True` draws one run of frames from each of `num_clips`
    segments, and a transform with `keeps_geometry = True` moves no pixel.

    Args:
        pipeline (list): Config of the test pipeline.
        num_segments (int, optional): Frames of one view in a network for
            single frames. None: what the sampler says.

    Raises:
        ValueError: If the pipeline samples at random or otherwise than with
            `SampleFrames`, `UniformSample` or `SampleSegmentFrames`, or
            changes frames in a way that is not known.
    """

    def __init__(
        self, pipeline: List[dict], num_segments: Optional[int] = None
    ) -> None:
        self.transforms = Compose(pipeline).transforms
        names = [type(each).__name__ for each in self.transforms]
        samplers = [
            i
            for i, each in enumerate(self.transforms)
            if type(each) in _SAMPLERS or _samples_segments(each)
        ]
        decoders = [i for i, name in enumerate(names) if 'Decode' in name]
        if len(samplers) != 1 or len(decoders) != 1:
            raise ValueError(
                f'the test pipeline is {" -> ".join(names)}; one SampleFrames '
                'or UniformSample (for TDN: SampleSegmentFrames) and one '
                'decoder after it are needed.'
            )
        self.sampler, self.decoder = samplers[0], decoders[0]
        for each in self.transforms[self.decoder + 1 :]:
            lazy = getattr(each, 'lazy', False)
            if (
                lazy
                or type(each) not in _MAPPED
                and not getattr(type(each), 'keeps_geometry', False)
            ):
                raise ValueError(
                    f'the test pipeline has {type(each).__name__}'
                    f'{"(lazy=True)" if lazy else ""}. {_REMEDY}'
                )
        self._take_one_view(num_segments)

    def _take_one_view(self, num_segments: Optional[int]) -> None:
        """Let the sampler give one view instead of several."""
        sampler = self.transforms[self.sampler]
        if not sampler.test_mode:
            raise ValueError(
                f'{type(sampler).__name__} of the test pipeline samples at '
                'random; set its test_mode=True.'
            )
        if _samples_segments(sampler):
            sampler.num_clips = num_segments or sampler.num_clips
        elif num_segments is not None:
            sampler.num_clips = max(1, num_segments // sampler.clip_len)
        elif sampler.clip_len > 1:
            sampler.num_clips = 1
        sampler.twice_sample = False

    def _open(self, source: Dict) -> Dict:
        """Run what comes before the sampler; adds `total_frames`."""
        reads_files = 'filename' in source
        opens_files = self.sampler > 0
        if reads_files != opens_files:
            given, wanted = ('a video file', 'a folder of frames')
            if opens_files:
                given, wanted = wanted, given
            raise ValueError(
                f'{_name(source)} is {given}, but the test '
                f'pipeline of the config reads {wanted}.'
            )
        return self._run(source, 0, self.sampler)

    def _run(self, results: Dict, start: int, end: int) -> Dict:
        """Run some transforms.

        Raises:
            ValueError: If one of them fails, with its words.
        """
        results = dict(results)
        try:
            for transform in self.transforms[start:end]:
                results = transform(results)
            if end <= self.sampler and results['total_frames'] < 1:
                raise ValueError('it has no frames')
        except Exception as error:
            raise ValueError(
                f'{_name(results)} could not be loaded: '
                f'{type(error).__name__}: {error}. Replace it if it is '
                'truncated or damaged, or choose another reader in the test '
                'pipeline of the config.'
            ) from error
        return results

    def _span(self, opened: Dict) -> int:
        """Frames of the video that one clip needs; no more than it has."""
        sampler = self.transforms[self.sampler]
        span = sampler.clip_len * getattr(sampler, 'frame_interval', 1)
        if sampler.clip_len == 1:
            span = sampler.num_clips
        elif _samples_segments(sampler):
            # Runs may overlap: each needs a first frame of its own.
            span += sampler.num_clips - sampler.frame_interval
        fps, target = opened.get('avg_fps'), getattr(sampler, 'target_fps', 0)
        if target and fps:
            span = math.ceil(span * fps / target)
        return min(span, opened['total_frames'])

    def clips_to_cover(self, source: Dict) -> int:
        """Number of clips that cover a whole video.

        Args:
            source (dict): See `decode`.

        Returns:
            int: 1 if the sampler spreads a clip over the whole video.
        """
        sampler = self.transforms[self.sampler]
        if (
            type(sampler) is UniformSample
            or _samples_segments(sampler)
            or sampler.clip_len == 1
        ):
            return 1
        opened = self._open(source)
        return math.ceil(opened['total_frames'] / self._span(opened))

    def decode(self, source: Dict, clip: int = 0, num_clips: int = 1) -> Dict:
        """Sample and decode the frames of one part of a video.

        Args:
            source (dict): As `video_source` or a data set gives it.
            clip (int): Part of the video, from 0.
            num_clips (int): Equal parts that the video is cut into. A part
                shorter than a clip reaches into its neighbours.

        Returns:
            dict: With `imgs`, RGB, and `frame_inds`.
        """
        opened = self._open(source)
        total, span = opened['total_frames'], self._span(opened)
        first, last = (total * (clip + i) // num_clips for i in (0, 1))
        if last - first < span:
            first = min(max(0, (first + last - span) // 2), total - span)
            last = first + span
        opened['total_frames'] = last - first
        opened['start_index'] = opened['start_index'] + first
        return self._run(opened, self.sampler, self.decoder + 1)

    def read(self, source: Dict, clip: int = 0, num_clips: int = 1) -> Clip:
        """Read one clip and follow its frames into the network.

        Args:
            source (dict): As for `decode`, and so are the others.
            clip (int): Part of the video, from 0.
            num_clips (int): Parts of the video.

        Raises:
            ValueError: If the video cannot be read, or its frames are
                smaller than a crop.
        """
        results = self.decode(source, clip, num_clips)
        frames = np.stack(results['imgs'])
        numbers = results['frame_inds'] - source['start_index']
        height, width = frames.shape[1:3]
        box: Box = (0.0, 0.0, float(width), float(height))
        for number in range(self.decoder + 1, len(self.transforms)):
            transform = self.transforms[number]
            before = results.get('img_shape')
            crops = isinstance(transform, (CenterCrop, ThreeCrop))
            if crops and any(
                each < asked for each, asked in zip(before[::-1], transform.crop_size)
            ):
                raise ValueError(
                    f'{_name(source)}: its frames have {before[1]} x '
                    f'{before[0]} pixels before {type(transform).__name__}, '
                    f'which wants {transform.crop_size}; put a Resize with a '
                    'larger scale before it, or make the crop smaller.'
                )
            results = self._run(results, number, number + 1)
            if crops:
                crop = np.atleast_2d(results['crop_bbox'])[0]
                box = map_box(box, crop, before[::-1])
        return Clip(frames, numbers, box, results)


def _name(source: Dict) -> str:
    """How an error calls a video."""
    return source.get('filename') or source.get('frame_dir') or 'the video'


def test_pipeline_of(config: Config) -> List[dict]:
    """Test pipeline of a config; sets the scope of its transforms.

    Raises:
        ValueError: If the config has none.
    """
    init_default_scope(config.get('default_scope', 'mmaction'))
    try:
        return config.test_dataloader.dataset.pipeline
    except (AttributeError, KeyError) as error:
        raise ValueError(
            'the config has no test_dataloader.dataset.pipeline; give a '
            'complete config, not one of its _base_ parts.'
        ) from error


def reader_of(config: Config, num_segments: Optional[int] = None) -> ClipReader:
    """Reader with the test pipeline of a config.

    Args:
        config (Config): Config of a recognizer.
        num_segments (int, optional): See `ClipReader`.

    Raises:
        ValueError: If the config has no test pipeline, or an unsupported one.
    """
    return ClipReader(test_pipeline_of(config), num_segments)
