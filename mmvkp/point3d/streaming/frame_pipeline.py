"""Preparation of single frames by the test pipeline of a detector."""

from typing import Any, Dict, List, Optional, Tuple

import numpy as np
from mmaction.datasets.transforms import FormatShape, Resize
from mmaction.registry import TRANSFORMS
from mmengine.config import Config

from ...checks import check_positive
from ...tubes.streaming.stream_state import ClipShape
from ...tubes.transforms.load import LoadTubes
from ...tubes.transforms.pack import PackTubeInputs

_KNOWN = (LoadTubes, Resize, FormatShape, PackTubeInputs)
_REMEDY = (
    'After the decoder, the test pipeline of a stream may have LoadTubes, '
    'Resize without lazy, FormatShape and PackTubeInputs; change the '
    'config.'
)


def test_set_of(config: Config) -> Config:
    """Test data set of a config.

    Raises:
        ValueError: If it is missing or has no pipeline.
    """
    dataset = (config.get('test_dataloader') or {}).get('dataset') or {}
    if not dataset.get('pipeline'):
        raise ValueError(
            'the config has no test_dataloader.dataset.pipeline; give a '
            'complete config, not one of its _base_ parts.'
        )
    return dataset


def clip_shape_of(
    config: Config, clip_len: Optional[int] = None, frame_interval: Optional[int] = None
) -> ClipShape:
    """Clip shape of the test data set of a config.

    Args:
        config (Config): Config of a detector. The sampler of the pipeline is
            read if it has `clip_len`, else the data set.
        clip_len (int, optional): Replaces the value of the config.
        frame_interval (int, optional): Replaces the value of the config.

    Returns:
        ClipShape: Both numbers.

    Raises:
        TypeError: If a number is not an integer.
        ValueError: If a number is not positive.
    """
    dataset = test_set_of(config)
    places = [dataset, *dataset['pipeline']]
    where = next((each for each in places[1:] if 'clip_len' in each), dataset)
    # The defaults of TubeDataset.
    shape = ClipShape(
        where.get('clip_len', 16) if clip_len is None else clip_len,
        where.get('frame_interval', 1) if frame_interval is None else frame_interval,
    )
    check_positive('TubeInferencer', **shape._asdict())
    return shape


class FramePipeline:
    """Steps of the test pipeline after its decoder, for one frame.

    Args:
        config (Config): Config of a detector, with a test data set.
        size (tuple[int, int], optional): Width and height that frames are
            resized to, instead of the Resize of the pipeline.

    Raises:
        ValueError: If the pipeline has no decoder or an unsupported transform.
            Crops are not supported, because boxes could not be mapped back.
    """

    def __init__(self, config: Config, size: Optional[Tuple[int, int]] = None) -> None:
        steps = [dict(step) for step in test_set_of(config)['pipeline']]
        names = [str(step['type']) for step in steps]
        decoders = [i for i, name in enumerate(names) if 'Decode' in name]
        if not decoders:
            raise ValueError(
                f'the test pipeline is {" -> ".join(names)}; it '
                f'has no decoder. {_REMEDY}'
            )
        steps = steps[decoders[-1] + 1 :]
        if size is not None:
            steps = [step for step in steps if step['type'] != 'Resize']
            resize = dict(type='Resize', scale=tuple(size), keep_ratio=False)
            steps.insert(self._after_tubes(steps), resize)
        self.transforms = [TRANSFORMS.build(step) for step in steps]
        for each in self.transforms:
            lazy = getattr(each, 'lazy', False)
            if type(each) not in _KNOWN or lazy:
                raise ValueError(
                    f'the test pipeline has {type(each).__name__}'
                    f'{"(lazy=True)" if lazy else ""}. {_REMEDY}'
                )
        if not self.transforms or type(self.transforms[-1]) is not PackTubeInputs:
            raise ValueError(
                f'the test pipeline does not end with PackTubeInputs. {_REMEDY}'
            )

    @staticmethod
    def _after_tubes(steps: List[Dict]) -> int:
        """Position after `LoadTubes`."""
        return 1 + max(
            (i for i, step in enumerate(steps) if step['type'] == 'LoadTubes'),
            default=-1,
        )

    def __call__(self, image: np.ndarray, number: int) -> Dict[str, Any]:
        """Pack a frame as a clip of one frame.

        Args:
            image (np.ndarray): (H, W, 3), uint8, RGB.
            number (int): Number of the frame, from 1.

        Returns:
            dict: `inputs` (3, 1, h, w) and `data_samples`, see
            `PackTubeInputs`.
        """
        results: Dict[str, Any] = dict(
            imgs=[image],
            img_shape=image.shape[:2],
            video_id='stream',
            modality='RGB',
            num_clips=1,
            clip_len=1,
            key_inds=np.zeros(1, dtype=np.int64),
            tube_frames=np.array([number]),
            frame_labeled=np.ones(1, dtype=bool),
            tubes=[],
            tube_labels=np.zeros(0, dtype=np.int64),
        )
        for transform in self.transforms:
            results = transform(results)
        return results
