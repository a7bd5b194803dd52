"""Single frames on the way through the test pipeline of a detector."""

from typing import Any, Dict, List, NamedTuple, Optional, Tuple

import numpy as np
from mmaction.datasets.transforms import FormatShape, Resize
from mmaction.registry import TRANSFORMS
from mmengine.config import Config

from ...checks import check_positive
from ...tubes.transforms.load import LoadTubes
from ...tubes.transforms.pack import PackTubeInputs

_KNOWN = (LoadTubes, Resize, FormatShape, PackTubeInputs)
_REMEDY = (
    'Frames of a stream go through LoadTubes, Resize without lazy, '
    'FormatShape and PackTubeInputs behind the decoder; change the '
    'test pipeline of the config to these.'
)


class ClipShape(NamedTuple):
    """Which frames are a clip.

    Attributes:
        clip_len (int): Frames of a clip, T.
        frame_interval (int): Distance of neighbouring frames of a clip.
    """

    clip_len: int
    frame_interval: int


def test_set_of(config: Config) -> Config:
    """Test data set of a config.

    Raises:
        ValueError: If there is none, or it has no pipeline.
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
    """Which frames are a clip, as the test data set of a config says it.

    Args:
        config (Config): Config of a detector. The sampler of the pipeline
            counts if it has ``clip_len``, else the data set.
        clip_len (int, optional): Used instead.
        frame_interval (int, optional): Used instead.

    Returns:
        ClipShape: Both numbers.

    Raises:
        TypeError: If a number is no integer.
        ValueError: If a number is not positive.
    """
    dataset = test_set_of(config)
    places = [dataset, *dataset['pipeline']]
    where = next((each for each in places[1:] if 'clip_len' in each), dataset)
    # The defaults are those of TubeDataset.
    shape = ClipShape(
        clip_len or where.get('clip_len', 16),
        frame_interval or where.get('frame_interval', 1),
    )
    check_positive('TubeInferencer', **shape._asdict())
    return shape


class FramePipeline:
    """What the test pipeline does behind its decoder, for one frame.

    Args:
        config (Config): Config of a detector, with a test data set.
        size (tuple[int, int], optional): Width and height that frames are
            resized to, in place of the Resize of the pipeline.

    Raises:
        ValueError: If the pipeline has no decoder, or a transform that is
            not known here; crops are not, as boxes could not be taken back.
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
            steps.insert(self._behind_tubes(steps), resize)
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
                f'the test pipeline does not end in PackTubeInputs. {_REMEDY}'
            )

    @staticmethod
    def _behind_tubes(steps: List[Dict]) -> int:
        """Place behind `LoadTubes`."""
        return 1 + max(
            (i for i, step in enumerate(steps) if step['type'] == 'LoadTubes'),
            default=-1,
        )

    def __call__(self, image: np.ndarray, number: int) -> Dict[str, Any]:
        """Pack a frame as a clip of one frame that answers for it.

        Args:
            image (np.ndarray): (H, W, 3), uint8, RGB.
            number (int): Of the frame, from 1.

        Returns:
            dict: ``inputs`` (3, 1, h, w) and ``data_samples``, see
            `PackTubeInputs`.
        """
        results = dict(
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
