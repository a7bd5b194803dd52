"""Reading of clips with the test pipeline of a config."""

import math
from typing import Any, Dict, List, Optional

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

from .clips import Box, Clip, map_box

_MAPPED = (Resize, CenterCrop, ThreeCrop, FormatShape, PackActionInputs)
_SAMPLERS = (SampleFrames, UniformSample)
_REMEDY = (
    'Supported are Resize, CenterCrop and ThreeCrop without lazy, then '
    'StackSegmentFrames if needed, FormatShape and PackActionInputs; use these in '
    'the test pipeline of the config.'
)


def _samples_segments(sampler: object) -> bool:
    """True if the `num_clips` of a sampler are the segments of one view."""
    return getattr(type(sampler), 'samples_segments', False)


class ClipReader:
    """Test pipeline with one view per clip that keeps track of the visible part.

    A video is cut into equal parts. The sampler of the pipeline treats each part
    as a whole video.

    Transforms of other packages are supported through class attributes: a sampler
    with `samples_segments = True` samples consecutive frames in each of
    `num_clips` segments, one with `samples_clips = True` samples as `SampleFrames`;
    a transform with `keeps_geometry = True` moves no pixel.

    Args:
        pipeline (list): Config of the test pipeline.
        num_segments (int, optional): Frames of one view, for 2D networks. None:
            value of the sampler.

    Raises:
        ValueError: If the pipeline samples at random, has a sampler other than
            `SampleFrames`, `UniformSample` and `SampleSegmentFrames`, or changes
            frames in an unknown way.
    """

    def __init__(
        self, pipeline: List[dict], num_segments: Optional[int] = None
    ) -> None:
        self.transforms = Compose(pipeline).transforms
        names = [type(each).__name__ for each in self.transforms]
        samplers = [
            i
            for i, each in enumerate(self.transforms)
            if type(each) in _SAMPLERS
            or _samples_segments(each)
            or getattr(type(each), 'samples_clips', False)
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
        """Sample one view instead of several."""
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
        """Run the transforms before the sampler; adds `total_frames`."""
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
            ValueError: If one of them fails, with its message.
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
        """Number of frames that one clip spans, limited by the video."""
        sampler = self.transforms[self.sampler]
        span = sampler.clip_len * getattr(sampler, 'frame_interval', 1)
        if sampler.clip_len == 1:
            span = sampler.num_clips
        elif _samples_segments(sampler):
            # Segments may overlap, but their first frames differ.
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
            source (dict): Output of `video_source`, or a sample of a data set.
            clip (int): Part of the video, from 0.
            num_clips (int): Number of equal parts of the video. A part shorter
                than a clip is extended into its neighbors.

        Returns:
            dict: Sample with `imgs`, RGB, and `frame_inds`.
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
        """Read one clip and run the pipeline.

        Args:
            source (dict): See `decode`.
            clip (int): See `decode`.
            num_clips (int): See `decode`.

        Raises:
            ValueError: If the video cannot be read, or its frames are smaller than
                a crop.
        """
        results = self.decode(source, clip, num_clips)
        frames = np.stack(results['imgs'])
        numbers = results['frame_inds'] - source['start_index']
        height, width = frames.shape[1:3]
        box: Box = (0.0, 0.0, float(width), float(height))
        for number in range(self.decoder + 1, len(self.transforms)):
            transform = self.transforms[number]
            before: Any = results.get('img_shape')
            crops = isinstance(transform, (CenterCrop, ThreeCrop))
            if crops and any(
                each < asked for each, asked in zip(before[::-1], transform.crop_size)
            ):
                raise ValueError(
                    f'{_name(source)}: its frames have {before[1]} x '
                    f'{before[0]} pixels before {type(transform).__name__}, '
                    f'which needs {transform.crop_size}; add a Resize with a '
                    'larger scale before it, or reduce the crop size.'
                )
            results = self._run(results, number, number + 1)
            if crops:
                crop = np.atleast_2d(results['crop_bbox'])[0]
                box = map_box(box, crop, before[::-1])
        return Clip(frames, numbers, box, results)


def _name(source: Dict) -> str:
    """Name of a video in errors."""
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
