"""Settings of the evaluation of action tubes."""

from math import inf
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple, Union

from .average_precision import check_protocol
from .linking import MAX_CANDIDATES, PRESETS, GreedyOptions
from .viterbi import ViterbiOptions

Thresholds = Sequence[Union[float, str]]
# Smallest and largest value; True for integers.
RANGES: Dict[str, Tuple[float, float, bool]] = dict(
    nms_threshold=(0, 1, False),
    max_candidates=(1, MAX_CANDIDATES, True),
    iou_threshold=(0, 1, False),
    finish_offset=(1, inf, True),
    max_gap=(0, inf, True),
    min_score=(-inf, inf, False),
    min_length=(1, inf, True),
    product_weight=(0, inf, False),
    iou_weight=(0, inf, False),
    max_tubes=(1, inf, True),
    trim_threshold=(-inf, inf, False),
    tube_nms_threshold=(0, 1, False),
    class_window=(0, inf, True),
)


class TubeOptions(NamedTuple):
    """Settings of linking and evaluation; see `make_options`.

    Attributes:
        protocol (str): `'act'` or `'voc'`, see `average_precision`.
        frame_iou_thrs (tuple): IoU values of correct boxes; a string `'0.5:0.95'`
            means the average over steps of 0.05.
        video_iou_thrs (tuple): Likewise for tubes.
        nms_threshold (float): IoU of the suppression of boxes, see `suppress`.
        nms_soft (bool): Decay instead of removal.
        linker (GreedyOptions | ViterbiOptions): Parameters of the linker.
        tube_nms_threshold (float): Largest spatio-temporal IoU with a better tube
            of the same class.
        class_window (int): See `average_classes`; 0 does not average.
    """

    protocol: str = 'act'
    frame_iou_thrs: Tuple[Union[float, str], ...] = (0.5,)
    video_iou_thrs: Tuple[Union[float, str], ...] = (0.2, 0.5, 0.75, '0.5:0.95')
    nms_threshold: float = 0.6
    nms_soft: bool = True
    linker: Union[GreedyOptions, ViterbiOptions] = GreedyOptions()
    tube_nms_threshold: float = 0.3
    class_window: int = 0


def expand_thresholds(owner: str, thresholds: Thresholds) -> List[List[float]]:
    """Expand ranges of thresholds.

    Args:
        owner (str): Name of the argument, for messages.
        thresholds (Sequence[float | str]): Numbers in (0, 1], or strings such as
            `'0.5:0.95'`: a range in steps of 0.05, ends inclusive.

    Returns:
        list[list[float]]: Values of each threshold.

    Raises:
        ValueError: If a threshold is invalid.
    """
    if not isinstance(thresholds, (list, tuple)):
        raise ValueError(
            f'{owner}={thresholds!r} is a {type(thresholds).__name__}; give a list of '
            "numbers in (0, 1] or ranges, such as [0.5, '0.5:0.95']."
        )
    result = []
    for threshold in thresholds:
        try:
            ends = [float(part) for part in str(threshold).split(':')]
        except ValueError:
            ends = []
        if not (1 <= len(ends) <= 2 and 0 < ends[0] <= ends[-1] <= 1):
            raise ValueError(
                f'{owner}: {threshold!r} is not a threshold; give numbers in '
                "(0, 1], or a range like '0.5:0.95'."
            )
        steps = round((ends[-1] - ends[0]) / 0.05) + 1
        result.append([round(ends[0] + 0.05 * i, 6) for i in range(steps)])
    return result


def make_options(
    protocol: str = 'act',
    preset: Union[str, Dict[str, Any]] = 'moc',
    linker: Union[str, Dict[str, Any]] = 'greedy',
    frame_iou_thrs: Thresholds = (0.5,),
    video_iou_thrs: Thresholds = (0.2, 0.5, 0.75, '0.5:0.95'),
    tube_nms_threshold: float = 0.3,
) -> TubeOptions:
    """Make settings from the values of a config.

    Args:
        protocol (str): `'act'` or `'voc'`.
        preset (str | dict): `'moc'` or `'act'`: suppression of boxes and
            parameters of the greedy linker; or a dict with this as `type` and
            `class_window`, see `average_classes`.
        linker (str | dict): `'greedy'` or `'viterbi'`, or a dict with this as
            `type` and changed parameters of `GreedyOptions` or `ViterbiOptions`.
        frame_iou_thrs (Sequence[float | str]): See `expand_thresholds`.
        video_iou_thrs (Sequence[float | str]): Likewise.
        tube_nms_threshold (float): See `TubeOptions`.

    Raises:
        ValueError: If a name, a parameter or a threshold is invalid.
    """
    check_protocol(protocol)
    for name, thresholds in (
        ('frame_iou_thrs', frame_iou_thrs),
        ('video_iou_thrs', video_iou_thrs),
    ):
        expand_thresholds(name, thresholds)
    base, class_window = _read_preset(preset)
    if not isinstance(linker, (str, dict)):
        raise ValueError(
            f"linker={linker!r} must be 'greedy', 'viterbi', or a dict with this as "
            'type and changed parameters.'
        )
    changes: Dict[str, Any] = (
        dict(type=linker) if isinstance(linker, str) else dict(linker)
    )
    kinds: Dict[str, Any] = dict(greedy=PRESETS[base], viterbi=ViterbiOptions())
    kind = changes.pop('type', 'greedy')
    if not isinstance(kind, str) or kind not in kinds:
        raise ValueError(
            f'linker={kind!r} is not known; choose one of {sorted(kinds)}.'
        )
    unknown = sorted(map(str, set(changes) - set(kinds[kind]._fields)))
    if unknown:
        raise ValueError(
            f'linker: {kind} has no parameters {unknown}; it has '
            f'{list(kinds[kind]._fields)}.'
        )
    for name, value in changes.items():
        _check_parameter('linker: ', name, value)
    _check_parameter('', 'tube_nms_threshold', tube_nms_threshold)
    return TubeOptions(
        protocol,
        tuple(frame_iou_thrs),
        tuple(video_iou_thrs),
        PRESETS[base].nms_threshold,
        PRESETS[base].nms_soft,
        kinds[kind]._replace(**changes),
        tube_nms_threshold,
        class_window,
    )


def _read_preset(preset: Union[str, Dict[str, Any]]) -> Tuple[str, int]:
    """Name and class window of a preset."""
    given: Dict[str, Any] = (
        dict(preset) if isinstance(preset, dict) else dict(type=preset)
    )
    name, window = given.pop('type', 'moc'), given.pop('class_window', 0)
    if given or not isinstance(name, str) or name not in PRESETS:
        raise ValueError(
            f'preset={preset!r} is not known; choose one of {sorted(PRESETS)}, or a '
            "dict such as dict(type='moc', class_window=4)."
        )
    _check_parameter('preset: ', 'class_window', window)
    return name, window


def _check_parameter(owner: str, name: str, value: Any) -> None:
    """Refuse a parameter that is out of range; `owner` begins the message."""
    if name not in RANGES:
        good, text = isinstance(value, bool), 'True or False'
    else:
        low, high, whole = RANGES[name]
        good = isinstance(value, int if whole else (int, float)) and (
            not isinstance(value, bool) and low <= value <= high
        )
        good |= value is None and name in ('finish_offset', 'trim_threshold')
        kind = 'an integer' if whole else 'a number'
        text = f'{kind} in [{low}, {high}]'
    if not good:
        raise ValueError(f'{owner}{name}={value!r} must be {text}.')
