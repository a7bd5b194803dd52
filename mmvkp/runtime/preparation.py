"""Input of an exported network from decoded frames."""

from typing import Any, Callable, Dict, List, Mapping, Sequence

import numpy as np

from .resizing import resize, scaled_size

Images = List[np.ndarray]


def _resize(images: Images, given: Mapping[str, Any]) -> Images:
    """MMAction2's `Resize`."""
    height, width = images[0].shape[:2]
    scale = tuple(np.inf if each is None else each for each in given['scale'])
    new = scaled_size((width, height), (scale[0], scale[1]), given['keep_ratio'])
    return [resize(image, *new) for image in images]


def _check_crop(images: Images, given: Mapping[str, Any]) -> None:
    """Refuse frames that are smaller than a crop."""
    height, width = images[0].shape[:2]
    if width < given['size'][0] or height < given['size'][1]:
        raise ValueError(
            f'frames of {width} x {height} pixels are smaller than the crop of '
            f'{given["size"][0]} x {given["size"][1]}.'
        )


def _crop(images: Images, left: int, top: int, size: Sequence[int]) -> Images:
    """Cut the same part out of all pictures."""
    return [each[top : top + size[1], left : left + size[0]] for each in images]


def _center_crop(images: Images, given: Mapping[str, Any]) -> Images:
    """MMAction2's `CenterCrop`."""
    _check_crop(images, given)
    height, width = images[0].shape[:2]
    left, top = (width - given['size'][0]) // 2, (height - given['size'][1]) // 2
    return _crop(images, left, top, given['size'])


def _three_crop(images: Images, given: Mapping[str, Any]) -> Images:
    """MMAction2's `ThreeCrop`: both ends, then the middle of the longer side."""
    _check_crop(images, given)
    height, width = images[0].shape[:2]
    x, y = (width - given['size'][0]) // 2, (height - given['size'][1]) // 2
    if x and y:
        raise ValueError(
            f'frames of {width} x {height} pixels and three crops of '
            f'{given["size"][0]} x {given["size"][1]} have no common side.'
        )
    return [
        image
        for part in (0, 2, 1)
        for image in _crop(images, part * x, part * y, given['size'])
    ]


def _stack(images: Images, given: Mapping[str, Any]) -> Images:
    """`StackSegmentFrames`: join the frames of each segment along the channels."""
    count = given['frames']
    return [
        np.concatenate(images[i : i + count], -1) for i in range(0, len(images), count)
    ]


_Step = Callable[[Images, Mapping[str, Any]], Images]
STEPS: Dict[str, _Step] = {
    'Resize': _resize,
    'CenterCrop': _center_crop,
    'ThreeCrop': _three_crop,
    'StackSegmentFrames': _stack,
}


def prepare(images: Sequence[np.ndarray], description: Mapping[str, Any]) -> np.ndarray:
    """Views of a video, scaled, cropped and normalised.

    Args:
        images (Sequence[np.ndarray]): Frames of all clips.
        description (Mapping): `steps`, `frames` T of a view, `layout`, `mean` and
            `std` of an exported network.

    Shape:
        - images: (H, W, 3) each, uint8, RGB.
        - returns: (V, T, C, H', W') or (V, C, T, H', W'), float32.

    Raises:
        ValueError: If frames are smaller than a crop.
    """
    found = list(images)
    for step in description['steps']:
        found = STEPS[step['type']](found, step)
    x = np.stack(found).astype(np.float32)
    x -= np.asarray(description['mean'], np.float32)
    x /= np.asarray(description['std'], np.float32)
    x = x.reshape(-1, description['frames'], *x.shape[1:])
    order = (0, 1, 4, 2, 3) if description['layout'] == 'NTCHW' else (0, 4, 1, 2, 3)
    return np.ascontiguousarray(x.transpose(order))
