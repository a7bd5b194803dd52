"""Settings that define a StickAction data set, and the clips that follow from them."""

from typing import Any, Dict, List, NamedTuple, Optional

from .ava_tables import FPS
from .classes import REVERSAL_PAIRS, class_names, order_blind_ceiling
from .crossing_clips import CROSSING_CLASSES
from .crowd import CrowdOptions
from .crowd_classes import actor_blind_ceiling, crowd_class_names
from .history_clips import (
    FEWEST_FRAMES,
    HISTORY_BLIND_CEILING,
    HISTORY_VARIANTS,
    history_class_names,
    num_video_classes,
)

FORMAT_VERSION = 1
SPLITS = ('train', 'val', 'test')
CLASSIFICATION, CROWD = 'classification', 'crowd'
# Clips per class and split, side of the frames in pixels, frames per video (of the
# longest video for detection). A clip sampler ignores the direction of time only if
# it treats both ends of a video alike: `UniformSample` does so with 2 k T + 1 frames
# (T: sampled frames), `SampleFrames` with clip_len=1 in test mode with any odd number.
# Figures have a similar size in pixels in all variants: with several actors they
# cover a smaller part of the frame.
_SEVERAL_ACTORS = dict(
    tiny=dict(train=1, test=1, frame_size=64, num_frames=24),
    demo=dict(train=20, test=6, frame_size=96, num_frames=40),
    bench=dict(train=100, test=25, frame_size=128, num_frames=80),
)
SIZES: Dict[str, Dict[str, Dict[str, int]]] = {
    CLASSIFICATION: dict(
        tiny=dict(train=4, val=2, test=2, frame_size=64, num_frames=17),
        demo=dict(train=200, val=50, test=50, frame_size=64, num_frames=17),
        bench=dict(train=600, val=100, test=100, frame_size=80, num_frames=33),
    ),
    CROWD: dict(
        tiny=dict(train=4, val=2, test=2, frame_size=64, num_frames=17),
        demo=dict(train=200, val=50, test=50, frame_size=64, num_frames=17),
        # Chosen by the learning curve of TSM: docs/crowd_preset.md.
        bench=dict(train=80, val=10, test=50, frame_size=48, num_frames=17),
    ),
    'trimmed': dict(
        tiny=dict(train=1, test=1, frame_size=64, num_frames=20),
        demo=dict(train=20, test=6, frame_size=64, num_frames=32),
        bench=dict(train=100, test=25, frame_size=96, num_frames=40),
    ),
    'untrimmed': _SEVERAL_ACTORS,
    'multi-label': _SEVERAL_ACTORS,
    'occluded': _SEVERAL_ACTORS,
    'far': dict(
        tiny=dict(train=1, test=1, frame_size=64, num_frames=44),
        demo=dict(train=100, test=25, frame_size=64, num_frames=48),
        bench=dict(train=300, test=50, frame_size=96, num_frames=48),
    ),
    'memory': dict(
        tiny=dict(train=1, test=1, frame_size=64, num_frames=72),
        demo=dict(train=200, test=100, frame_size=64, num_frames=72),
        bench=dict(train=600, test=200, frame_size=96, num_frames=80),
    ),
}
RANGES = dict(frame_size=range(32, 513, 2), num_frames=range(8, 513), seed=range(2**32))


class StickClip(NamedTuple):
    """One clip of the data set.

    Args:
        split (int): Position of its split in `SPLITS`.
        number (int): Number in the split, from 0.
        label (int): Class index.
        stem (str): `CLASS/SPLIT_NUMBER`, its path without folder and ending.
    """

    split: int
    number: int
    label: int
    stem: str


def make_settings(
    size: str = 'demo',
    variant: str = CLASSIFICATION,
    *,
    train: Optional[int] = None,
    val: Optional[int] = None,
    test: Optional[int] = None,
    frame_size: Optional[int] = None,
    num_frames: Optional[int] = None,
    seed: int = 0,
    speed_pair: bool = False,
    raw_frames: bool = False,
    **crowd: Any,
) -> Dict[str, Any]:
    """Settings of a data set from a preset and changes to it.

    Args:
        size (str): Preset: tiny, demo or bench.
        variant (str): Task and layout: classification, crowd, or a variant of
            `tube_clips`.
        train (int, optional): Training clips, a multiple of the number of classes.
            None here and below: value of the preset.
        val (int, optional): Validation clips, likewise; videos only.
        test (int, optional): Test clips, likewise.
        frame_size (int, optional): Side of the square frames in pixels.
        num_frames (int, optional): Frames per video; upper bound for detection.
        seed (int): Seed of all clips.
        speed_pair (bool): Add two classes that differ in speed only.
        raw_frames (bool): Write JPEG frames as well; videos only.
        **crowd (Any): Changed options of the variant crowd, see `CrowdOptions`; None
            keeps the default.

    Returns:
        dict: Settings as stored in `settings.json`.

    Raises:
        ValueError: If a value is out of range or unknown, or if a split cannot hold
            the same number of clips of each class.
    """
    for name, value, known in (
        ('variant', variant, SIZES),
        ('size', size, SIZES[CLASSIFICATION]),
    ):
        if value not in known:
            raise ValueError(f'{name}={value!r} is unknown; use one of {list(known)}.')
    preset = SIZES[variant][size]
    changes = {name: value for name, value in crowd.items() if value is not None}
    own = _variant_settings(variant, speed_pair, changes)
    speed_pair = speed_pair or variant == 'multi-label'
    settings: Dict[str, Any] = dict(
        generator='StickAction',
        version=FORMAT_VERSION,
        seed=seed,
        speed_pair=speed_pair,
        raw_frames=raw_frames,
        classes=list(class_names(speed_pair)),
        reversal_pairs=[list(pair) for pair in REVERSAL_PAIRS],
        frame_size=preset['frame_size'] if frame_size is None else frame_size,
        num_frames=preset['num_frames'] if num_frames is None else num_frames,
    )
    _check_ranges(settings)
    if variant != CLASSIFICATION:
        settings['variant'] = variant
    settings.update(own)
    if variant not in (CLASSIFICATION, CROWD):
        _check_detection(settings)
    count = settings.get('video_classes', len(settings['classes']))
    for split, clips in dict(train=train, val=val, test=test).items():
        if split in preset:
            settings[split] = _clips_of(split, clips, preset, count)
        elif clips is not None:
            raise ValueError(
                f'{split}={clips}: the variant {variant} has the splits train and '
                'test only.'
            )
    if variant != 'multi-label' and settings['reversal_pairs']:
        labels = [clip.label for clip in all_clips(settings)]
        settings['order_blind_ceiling'] = order_blind_ceiling(
            labels, settings['reversal_pairs']
        )
    return settings


def _check_ranges(settings: Dict[str, Any]) -> None:
    """Refuse numbers outside `RANGES`."""
    for name, allowed in RANGES.items():
        if settings[name] not in allowed:
            raise ValueError(
                f'{name}={settings[name]} must be a number from {allowed[0]} to '
                f'{allowed[-1]} in steps of {allowed.step}.'
            )


def _variant_settings(
    variant: str, speed_pair: bool, changes: Dict[str, Any]
) -> Dict[str, Any]:
    """Settings of a variant with classes of its own, in addition to the common ones."""
    if changes and variant != CROWD:
        raise ValueError(
            f'{", ".join(changes)} only changes the variant crowd; the variant is '
            f'{variant}.'
        )
    if variant not in (CROWD, 'occluded', *HISTORY_VARIANTS):
        return {}
    if speed_pair:
        raise ValueError(
            'speed_pair adds classes to the other variants; the variant '
            f'{variant} has its own classes.'
        )
    if variant == CROWD:
        return _crowd_settings(changes)
    if variant == 'occluded':
        return dict(classes=list(CROSSING_CLASSES), reversal_pairs=_pairs(10))
    return dict(
        classes=history_class_names(variant),
        reversal_pairs=[],
        video_classes=num_video_classes(variant),
        history_blind_ceiling=HISTORY_BLIND_CEILING,
    )


def _pairs(count: int) -> List[List[int]]:
    """Reversal pairs of classes that alternate: 0 and 1, 2 and 3, ..."""
    return [[i, i + 1] for i in range(0, count, 2)]


def _crowd_settings(changes: Dict[str, Any]) -> Dict[str, Any]:
    """Settings of the variant crowd in addition to the common ones."""
    options, classes = CrowdOptions(**changes).check(), list(crowd_class_names())
    stored = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in options._asdict().items()
    }
    low, high = options.figures
    return dict(
        classes=classes,
        reversal_pairs=_pairs(len(classes)),
        crowd=stored,
        actor_blind_ceiling=actor_blind_ceiling(range(low, high + 1)),
    )


def _check_detection(settings: Dict[str, Any]) -> None:
    """Refuse settings that a variant for detection does not support."""
    variant, count = settings['variant'], settings['num_frames']
    if settings['raw_frames']:
        raise ValueError(
            'raw_frames is for the classification variant; the variant '
            f'{variant} always has frames only.'
        )
    if variant == 'multi-label' and (count % FPS or count < 2 * FPS):
        raise ValueError(
            f'num_frames={count} must be a multiple of {FPS} and at least '
            f'{2 * FPS}: these videos last whole seconds.'
        )
    if count < FEWEST_FRAMES.get(variant, 0):
        raise ValueError(
            f'num_frames={count} must be at least {FEWEST_FRAMES[variant]} in the '
            f'variant {variant}, which has two motions.'
        )


def _clips_of(
    split: str, clips: Optional[int], preset: Dict[str, int], num_classes: int
) -> int:
    """Number of clips of a split, the same for each class."""
    if clips is None:
        return preset[split] * num_classes
    if clips < 1 or clips % num_classes:
        low = max(1, clips // num_classes) * num_classes
        raise ValueError(
            f'{split}={clips} must be a positive multiple of the {num_classes} '
            'classes, which all get the same number of clips; the nearest are '
            f'{low} and {low + num_classes}.'
        )
    return clips


def all_clips(settings: Dict[str, Any]) -> List[StickClip]:
    """All clips of a data set; the classes alternate, so each split is balanced."""
    names = settings['classes'][: settings.get('video_classes')]
    return [
        StickClip(split, i, i % len(names), f'{names[i % len(names)]}/{name}_{i:05d}')
        for split, name in enumerate(SPLITS)
        for i in range(settings.get(name, 0))
    ]
