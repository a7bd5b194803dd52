"""Description of a test pipeline for an exported network."""

from typing import Any, Callable, Dict, List, Optional, Tuple

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

from ..hosts.mfnet_transforms import SampleFramesOrStill
from ..hosts.segment_frames import SampleSegmentFrames
from ..hosts.stack_segment_frames import StackSegmentFrames
from ..recognition.sample_reader import SampleReader

_SAMPLER_OPTIONS: Dict[type, Tuple[str, ...]] = {
    SampleFrames: (
        *('clip_len', 'num_clips', 'frame_interval', 'twice_sample'),
        *('out_of_bound_opt', 'target_fps'),
    ),
    SampleFramesOrStill: ('clip_len', 'num_clips', 'frame_interval'),
    SampleSegmentFrames: ('clip_len', 'num_clips', 'frame_interval', 'twice_sample'),
    UniformSample: ('clip_len', 'num_clips'),
}
_STEPS: Dict[type, Optional[Callable[[Any], Dict[str, Any]]]] = {
    Resize: lambda step: dict(
        scale=[None if np.isinf(each) else int(each) for each in step.scale],
        keep_ratio=bool(step.keep_ratio),
    ),
    CenterCrop: lambda step: dict(size=[int(each) for each in step.crop_size]),
    ThreeCrop: lambda step: dict(size=[int(each) for each in step.crop_size]),
    StackSegmentFrames: lambda step: dict(frames=step.frames_per_segment),
    FormatShape: None,
    PackActionInputs: None,
}


def _names(kinds: Any) -> str:
    return ', '.join(each.__name__ for each in kinds)


def _describe_sampler(sampler: Any) -> Dict[str, Any]:
    """Type and options of a sampler in test mode."""
    options = _SAMPLER_OPTIONS.get(type(sampler))
    if options is None or getattr(sampler, 'temporal_jitter', False):
        raise ValueError(
            f'export: the test pipeline samples with {type(sampler).__name__}; '
            f'{_names(_SAMPLER_OPTIONS)} without temporal_jitter can be exported.'
        )
    if not sampler.test_mode:
        raise ValueError(
            f'export: {type(sampler).__name__} of the test pipeline samples at random; '
            'set test_mode=True.'
        )
    return dict(
        {key: getattr(sampler, key) for key in options}, type=type(sampler).__name__
    )


def describe_steps(transforms: List[Any]) -> List[Dict[str, Any]]:
    """Types and options of the steps after the decoder.

    Args:
        transforms (list): Transforms of a test pipeline.

    Returns:
        list[dict]: As `mmvkp.runtime.preparation.prepare` takes them.

    Raises:
        ValueError: If a step cannot be exported.
    """
    steps = []
    for each in transforms:
        kind = type(each)
        if (
            kind not in _STEPS
            or getattr(each, 'lazy', False)
            or getattr(each, 'interpolation', 'bilinear') != 'bilinear'
        ):
            raise ValueError(
                f'export: the test pipeline has {each!r}; after the decoder '
                f'{_names(_STEPS)} without lazy and with bilinear interpolation can be '
                'exported.'
            )
        describe = _STEPS[kind]
        if describe is not None:
            steps.append(dict(describe(each), type=kind.__name__))
    return steps


def _numbers(value: Any) -> List[float]:
    """Values of a buffer of the preprocessor."""
    return [float(each) for each in value.flatten().tolist()]


def describe_normalisation(preprocessor: Any) -> Dict[str, List[float]]:
    """`mean` and `std` of a preprocessor.

    Args:
        preprocessor (ActionDataPreprocessor): Of the model.

    Raises:
        ValueError: If it changes the order of the channels.
    """
    if getattr(preprocessor, 'to_rgb', False):
        raise ValueError(
            'export: to_rgb=True of the data_preprocessor reverses the RGB frames of '
            'MMAction2; remove it.'
        )
    if not getattr(preprocessor, '_enable_normalize', False):
        return dict(mean=[0.0], std=[1.0])
    return dict(mean=_numbers(preprocessor.mean), std=_numbers(preprocessor.std))


def describe_pipeline(reader: SampleReader, preprocessor: Any) -> Dict[str, Any]:
    """Sampling, steps and normalisation of a recognizer.

    Args:
        reader (SampleReader): Its test pipeline.
        preprocessor (ActionDataPreprocessor): Its preprocessor.

    Returns:
        dict: `sampling`, `steps`, `frames` T of a view, `layout`, `mean` and `std`, as
        `mmvkp.runtime.preparation.prepare` takes them.

    Raises:
        ValueError: If a part of the pipeline cannot be exported.
    """
    if not reader.can_cut:
        raise ValueError(
            f'export: the test pipeline is {reader.steps}; one sampler and one decoder '
            'after it are needed.'
        )
    normalisation = describe_normalisation(preprocessor)
    transforms = reader.transforms[reader.decoder + 1 :]
    layout = next(
        (each.input_format for each in transforms if type(each) is FormatShape), ''
    )
    if layout not in ('NCHW', 'NCTHW'):
        raise ValueError(
            f'export: FormatShape gives {layout or "nothing"}; NCHW and NCTHW can be '
            'exported.'
        )
    sampling = _describe_sampler(reader.transforms[reader.sampler])
    steps = describe_steps(transforms)
    frames = sampling['clip_len']
    if layout == 'NCHW':
        is_stacked = any(each['type'] == 'StackSegmentFrames' for each in steps)
        if frames == 1 or is_stacked:
            frames = sampling['num_clips']
    return dict(
        sampling=sampling,
        steps=steps,
        frames=frames,
        layout='NTCHW' if layout == 'NCHW' else 'NCTHW',
        **normalisation,
    )


def has_fixed_size(description: Dict[str, Any]) -> bool:
    """True if the input of the network has one size for all videos.

    Args:
        description (dict): Result of `describe_pipeline`.
    """
    return any(
        'Crop' in each['type'] or each.get('keep_ratio') is False
        for each in description['steps']
    )
