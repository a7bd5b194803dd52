"""Accuracy of the class of whole tubes, between given classes."""

from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np
from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric

from ..checks import check_integer, check_positive, check_sequence, check_text
from ..files import check_path
from ..tubes.annotations import load_tube_annotations
from ..tubes.data_checks import videos_of_split

# Video, frames from 1, and class scores (frames, C).
Scored = Tuple[str, np.ndarray, np.ndarray]


@METRICS.register_module()
class TubeAccMetric(BaseMetric):
    """Accuracy of tubes: a choice between the classes of a group.

    The score of a tube is the mean of the class scores over its ground-truth frames
    (the last ones with `last_frames`);
    its class is the best one of its group. Boxes have no influence. For StickAction's
    `memory` the groups `(0, 1)` (kicks) and `(2, 3)` (cues) have a chance of 50 %.

    Samples come from a `Point3D` that classifies clips: `video_id`, `frame_inds`
    (T,), from 1, `key_inds`, positions of the predicted frames, and `class_scores`
    (C,).

    Args:
        ann_file (str): Annotations, see `load_tube_annotations`.
        groups (Sequence[Sequence[int]]): Labels from 0; a label is in one group at
            most. Tubes of other classes do not count.
        split (int): Split of the file, from 1.
        last_frames (int, optional): Frames at the end of each tube that count; all of
            shorter tubes. None: all frames.
        collect_device (str): `'cpu'` or `'gpu'`, see MMEngine.
        prefix (str, optional): Prefix of the metric names.

    Raises:
        TypeError: If an argument has another type.
        ValueError: If a group has less than two labels, a label is in two groups or
            not in the annotations; or if a sample has no class scores, or a frame of
            a tube was not predicted.
        FileNotFoundError: If the annotations do not exist.

    Results: `tube/acc_0_1` and so on, in [0, 1], for each group.
    """

    default_prefix = 'tube'

    def __init__(
        self,
        ann_file: str,
        groups: Sequence[Sequence[int]],
        split: int = 1,
        last_frames: Optional[int] = None,
        collect_device: str = 'cpu',
        prefix: Any = None,
    ) -> None:
        check_text('TubeAccMetric', prefix=prefix)
        super().__init__(collect_device=collect_device, prefix=prefix)
        check_positive('TubeAccMetric', split=split)
        if last_frames is not None:
            check_positive('TubeAccMetric', last_frames=last_frames)
        self.last_frames = last_frames
        check_sequence('TubeAccMetric', 'groups', groups)
        for group in groups:
            check_sequence('TubeAccMetric', 'groups', group)
            for label in group:
                check_integer('TubeAccMetric', groups=label)
        labels = [label for group in groups for label in group]
        self.annotations = load_tube_annotations(
            check_path('TubeAccMetric', 'ann_file', ann_file)
        )
        count = len(self.annotations.labels)
        if (
            len(set(labels)) < len(labels)
            or any(len(group) < 2 for group in groups)
            or not all(0 <= label < count for label in labels)
        ):
            raise ValueError(
                f'TubeAccMetric: groups={groups} must be lists of two or more '
                f'different labels from 0 to {count - 1}, each in one list.'
            )
        self.groups = [tuple(group) for group in groups]
        self.videos = videos_of_split(self.annotations, split, ann_file)

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Collect the class scores of the predicted frames; see `BaseMetric`."""
        for sample in data_samples:
            if 'class_scores' not in sample:
                raise ValueError(
                    f'TubeAccMetric: a clip of video {sample.get("video_id")} has no '
                    'class_scores; use a Point3D with a 3D head that classifies clips.'
                )
            frames = np.asarray(sample['frame_inds'])[np.asarray(sample['key_inds'])]
            scores = sample['class_scores'].cpu().numpy()
            self.results.append((sample['video_id'], frames, scores))

    def compute_metrics(self, results: List[Scored]) -> Dict[str, float]:
        """Compute the accuracy of each group; see `BaseMetric`."""
        known = {
            (video, int(frame)): scores
            for video, frames, scores in results
            for frame in frames
        }
        found = {}
        for group in self.groups:
            right = [
                group[self._mean(known, video, tube)[list(group)].argmax()] == label
                for video in self.videos
                for label, tubes in self.annotations.gttubes.get(video, {}).items()
                for tube in tubes
                if label in group
            ]
            name = 'acc_' + '_'.join(map(str, group))
            found[name] = float(np.mean(right)) if right else float('nan')
        return found

    def _mean(
        self, known: Dict[Tuple[str, int], np.ndarray], video: str, tube: np.ndarray
    ) -> np.ndarray:
        """Mean of the class scores (C,) over the frames of a tube that count."""
        frames = tube[:, 0].astype(int).tolist()
        frames = frames[-(self.last_frames or len(frames)) :]
        missing = [frame for frame in frames if (video, frame) not in known]
        if missing:
            raise ValueError(
                f'TubeAccMetric: frame {missing[0]} of video {video} was not '
                'predicted; test all frames of the split.'
            )
        return np.mean([known[video, frame] for frame in frames], axis=0)
