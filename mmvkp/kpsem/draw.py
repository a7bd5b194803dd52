"""Drawing of the key points of a clip."""

from typing import TYPE_CHECKING, List, Optional, Sequence

from ..recognition.inspection import Row
from ..video.text import put_text, text_size
from .shift_figure import draw_key_point_shifts, strongest_channels

if TYPE_CHECKING:
    from .inspect import KeyPoints


def draw_inspection(
    result: 'KeyPoints',
    title: str,
    height: int = 256,
    channels: Optional[Sequence[int]] = None,
    num_channels: int = 1,
    sets: Sequence[int] = (0,),
) -> List[Row]:
    """Draw the key points of a clip, one row for each set of regions.

    Args:
        result (KeyPoints): Result of `KeyPointInspector`.
        title (str): Start of the captions.
        height (int): Height of the drawn frames in pixels.
        channels (Sequence[int], optional): Channels to draw, from 0. None: the
            channels with the longest weighted shifts of the clip.
        num_channels (int): Number of channels if `channels` is None.
        sets (Sequence[int]): Sets of regions, from 0.

    Returns:
        list[Row]: Rows with frames (T, height, width, 3), uint8, RGB.

    Raises:
        ValueError: If a channel or set is out of range.
    """
    shifts, rows = result.shifts, []
    _check_range('set', sets, shifts.points.shape[3])
    _check_range('channel', channels or (), shifts.points.shape[1])
    for index in sets:
        weighted = shifts.weighted[0, :, :, index].numpy()
        chosen = channels or strongest_channels(weighted, num_channels).tolist()
        drawn = draw_key_point_shifts(
            result.frames,
            shifts.points[0, :, :, index].numpy(),
            shifts.shifts[0, :, :, index].numpy(),
            shifts.lines[0, :, index].numpy(),
            result.map_size,
            chosen,
            height=height,
            box=result.box,
        )
        numbers = result.numbers[:: len(result.numbers) // len(drawn)]
        for frame, number in zip(drawn, numbers):
            put_text(frame, str(number), (4, 4), text_size(height), (255,) * 3, True)
        names = ', '.join(str(int(channel)) for channel in chosen)
        plural = 's' * (len(chosen) > 1)
        rows.append(Row(f'{title}  |  set {index}, channel{plural} {names}', drawn))
    return rows


def _check_range(name: str, values: Sequence[int], size: int) -> None:
    """Refuse channels or sets out of range."""
    for value in values:
        if not 0 <= value < size:
            raise ValueError(
                f'{name} {value} is outside [0, {size - 1}] of this model.'
            )
