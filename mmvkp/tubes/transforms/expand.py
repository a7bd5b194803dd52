"""Random expansion of clips, so that actors become smaller."""

from typing import Dict, Sequence

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ...checks import check_number, check_sequence
from .geometry import move_points


@TRANSFORMS.register_module()
class TubeExpand(BaseTransform):
    """Paste all frames of a clip at the same random position of a larger canvas.

    Boxes and joints are moved. Use it before `TubeCrop` and `Resize`.

    Required keys: `imgs`, `img_shape`. Modified keys: these, and `gt_bboxes` and
    `keypoint` if present.

    Args:
        max_ratio (float): Largest size of the canvas relative to the image.
        prob (float): Probability of the expansion.
        fill (Sequence[float]): Colour of the canvas in the channel order of the
            frames; the ImageNet mean in RGB.

    Raises:
        ValueError: If `max_ratio` is below 1 or `prob` outside [0, 1].

    Source: zoom out of SSD (Liu et al., arXiv:1512.02325, Sec. 3.6), with the 4
    and 0.5 of the detectors ACT and MOC.
    """

    def __init__(
        self,
        max_ratio: float = 4.0,
        prob: float = 0.5,
        fill: Sequence[float] = (123.675, 116.28, 103.53),
    ) -> None:
        check_number('TubeExpand', max_ratio=max_ratio, prob=prob)
        check_sequence('TubeExpand', 'fill', fill, 3)
        for value in fill:
            check_number('TubeExpand', fill=value)
        if max_ratio < 1:
            raise ValueError(
                f'TubeExpand: max_ratio={max_ratio} is outside [1, inf); the canvas '
                'cannot be smaller than the image.'
            )
        if not 0 <= prob <= 1:
            raise ValueError(f'TubeExpand: prob={prob} is outside [0, 1].')
        self.max_ratio = max_ratio
        self.prob = prob
        self.fill = tuple(fill)

    def transform(self, results: Dict) -> Dict:
        """Expand the clip.

        Args:
            results (dict): A clip; `imgs` have shape (H, W, 3).
        """
        if np.random.uniform() >= self.prob:
            return results
        ratio = np.random.uniform(1, self.max_ratio)
        height, width = results['img_shape']
        new_height, new_width = int(height * ratio), int(width * ratio)
        top = np.random.randint(new_height - height + 1)
        left = np.random.randint(new_width - width + 1)
        canvas = np.empty((new_height, new_width, 3), dtype=results['imgs'][0].dtype)
        canvas[:] = np.array(self.fill).astype(canvas.dtype)
        imgs = []
        for img in results['imgs']:
            large = canvas.copy()
            large[top : top + height, left : left + width] = img
            imgs.append(large)
        results['imgs'] = imgs
        results['img_shape'] = (new_height, new_width)
        move_points(results, np.array([left, top]))
        return results

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(max_ratio={self.max_ratio}, '
            f'prob={self.prob}, fill={self.fill})'
        )
