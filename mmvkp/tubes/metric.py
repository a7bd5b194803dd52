"""Frame-mAP and video-mAP of action tubes as a metric of MMEngine."""

import logging
import time
from contextlib import nullcontext
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

import numpy as np
import torch
from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from ..checks import check_choice, check_positive
from .annotations import load_tube_annotations
from .data_checks import videos_of_split
from .detection_files import DetectionWriter
from .detections import Detections, merge, pack, pack_nothing
from .evaluation import evaluate_video, summarise
from .options import Thresholds, make_options
from .viterbi import ViterbiOptions

SECONDS_BETWEEN_REPORTS = 30


@METRICS.register_module()
class TubeMetric(BaseMetric):
    """Frame-mAP and video-mAP on JHMDB, UCF101-24 and what has their layout.

    The evaluation is that of ACT and MOC: boxes and tubes are suppressed and
    linked as MOC does it, every frame of every test video of the split
    counts, and boxes on frames without truth are wrong. YOWO scores only the
    frames that have a truth; its numbers are higher for the same detections.
    The mean over the three splits of JHMDB is made by
    ``tools/analysis_tools/eval_tubes.py``.

    Data samples are dicts with ``video_id`` and ``pred_instances``, where P
    boxes have

    - ``bboxes`` (P, 4) ``x1, y1, x2, y2`` in pixels of the original video,
      counted from 0, ends inclusive; or (P, K, 4) for tubelets over K frames;
    - ``frame_inds`` (P,), frame of the box or first frame of the tubelet,
      counted from 1;
    - ``scores`` (P, C); or (P,) with ``labels`` (P,) from 0 on; or (P,) with
      ``class_scores`` (C,) beside ``pred_instances``: then the score of a box
      in a class is the product of both, and memory is smallest.

    A sample may hold several frames. Each frame belongs to one sample.

    Args:
        ann_file (str): Annotations, see `load_tube_annotations`.
        split (int): Split of the file whose test videos count, from 1 on.
        protocol (str): How hits are counted and averaged, ``'act'`` or
            ``'voc'``; see `functional.average_precision`.
        preset (str): Suppression and linking of ``'moc'`` or ``'act'``.
        linker (str | dict): ``'greedy'``, ``'viterbi'``, or a dict with that
            as ``type`` and changed parameters; see `GreedyOptions` and
            `ViterbiOptions`.
        frame_iou_thrs (Sequence[float | str]): Overlaps for frame-mAP.
        video_iou_thrs (Sequence[float | str]): Overlaps for video-mAP; a
            string ``'0.5:0.95'`` is the mean over steps of 0.05.
        max_per_frame_class (int, optional): Detections of a (first) frame and
            class that are kept, the best ones, before suppression: memory is
            bounded by it. MOC links ten of them, and none of those left out
            can pass a kept one of its frame. None keeps all.
        empty_classes (str): Classes without truth do not count (``'skip'``),
            or count as 0 where something was predicted (``'zero'``).
        dump (str, optional): File ``.npz`` for the kept detections, see
            `DetectionWriter`.
        collect_device (str): ``'cpu'`` or ``'gpu'``, as in MMEngine.
        prefix (str, optional): Prefix of the metric names.

    Returned by ``compute_metrics``: ``stad/frame_mAP@0.5``,
    ``stad/video_mAP@0.2``, ``stad/video_mAP@0.5:0.95`` and so on, in percent.
    The log has a table with each class.

    Raises:
        ValueError: If an argument is not known; or if a sample has an unknown
            video, a frame outside its video, a label out of range or a box or
            score that is not finite. Video and frame are named.
        FileNotFoundError: If there is no such file of annotations.

    Source: ACT (arXiv 1705.01861), MOC (arXiv 2001.04608).
    """

    default_prefix = 'stad'

    def __init__(
        self,
        ann_file: str,
        split: int = 1,
        protocol: str = 'act',
        preset: str = 'moc',
        linker: Union[str, Dict[str, Any]] = 'greedy',
        frame_iou_thrs: Thresholds = (0.5,),
        video_iou_thrs: Thresholds = (0.2, 0.5, 0.75, '0.5:0.95'),
        max_per_frame_class: Optional[int] = 30,
        empty_classes: str = 'skip',
        dump: Optional[str] = None,
        collect_device: str = 'cpu',
        prefix: Optional[str] = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        name = type(self).__name__
        check_positive(name, split=split)
        if max_per_frame_class is not None:
            check_positive(name, max_per_frame_class=max_per_frame_class)
        check_choice(name, 'empty_classes', empty_classes, ('skip', 'zero'))
        if dump is not None and not dump.endswith('.npz'):
            raise ValueError(f'{name}: dump={dump!r} must end in .npz.')
        self.options = make_options(
            protocol, preset, linker, frame_iou_thrs, video_iou_thrs
        )
        self.annotations = load_tube_annotations(ann_file)
        self.videos = videos_of_split(self.annotations, split, ann_file)
        self.numbers = {video: i for i, video in enumerate(self.videos)}
        self.max_per_frame_class = max_per_frame_class
        self.empty_classes = empty_classes
        self.dump = dump
        self._report_short_tubes()

    def _report_short_tubes(self) -> None:
        """Say how many true tubes the linker cannot find."""
        shortest = self.options.linker.min_length
        lengths = [
            len(tube)
            for video in self.videos
            for tubes in self.annotations.gttubes.get(video, {}).values()
            for tube in tubes
        ]
        short = sum(length < shortest for length in lengths)
        if short:
            self._log(
                f'{short} of {len(lengths)} true tubes are shorter than '
                f'{shortest} frames, the min_length of linked tubes, and '
                'count as missed; linker=dict(type=..., min_length=...) '
                'changes it.'
            )

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Check and store the detections; see `BaseMetric`."""
        for sample in data_samples:
            # One entry for each sample, even an empty one: MMEngine counts
            # them to drop what the sampler gave twice.
            video = sample['video_id']
            self.results.append((self._number(video), *self._read(video, sample)))

    def _number(self, video: str) -> int:
        if video not in self.numbers:
            raise ValueError(
                f'{type(self).__name__}: video {video!r} is not one of the '
                f'{len(self.videos)} test videos of this split, such as '
                f'{self.videos[0]!r}; data set and metric need the same '
                'ann_file and split.'
            )
        return self.numbers[video]

    def _read(self, video: str, sample: dict) -> Detections:
        """Detections of one sample."""
        found = sample['pred_instances']
        boxes = _to_array(found['bboxes'])
        if boxes.ndim not in (2, 3) or boxes.shape[-1] != 4:
            raise ValueError(
                f'{type(self).__name__}: video {video!r}: bboxes have shape '
                f'{boxes.shape}; (P, 4) or (P, K, 4) is needed.'
            )
        boxes = boxes[:, None] if boxes.ndim == 2 else boxes
        if not len(boxes):
            return pack_nothing(boxes.shape[1])
        if boxes.shape[1] > 1 and isinstance(self.options.linker, ViterbiOptions):
            raise ValueError(
                f'{type(self).__name__}: video {video!r}: the Viterbi linker '
                f'takes boxes of single frames, these are tubelets of '
                f"{boxes.shape[1]}; set linker='greedy'."
            )
        frames = _to_array(found['frame_inds']).astype(np.int64)
        scores = _to_array(found['scores'])
        labels, class_scores = None, None
        if 'labels' in found and scores.ndim == 1:
            labels = _to_array(found['labels']).astype(np.int64)
        elif scores.ndim == 1:
            class_scores = sample.get('class_scores')
            if class_scores is None:
                raise ValueError(
                    f'{type(self).__name__}: video {video!r}: scores of shape '
                    f'{scores.shape} need labels, or class_scores in the '
                    'sample; without both give scores (P, classes).'
                )
            class_scores = _to_array(class_scores)
        self._check(video, frames, boxes, scores, labels, class_scores)
        return pack(
            frames, boxes, scores, labels, class_scores, self.max_per_frame_class
        )

    def _check(
        self,
        video: str,
        frames: np.ndarray,
        boxes: np.ndarray,
        scores: np.ndarray,
        labels: Optional[np.ndarray],
        class_scores: Optional[np.ndarray],
    ) -> None:
        """Refuse what cannot be evaluated."""
        where = f'{type(self).__name__}: video {video!r}'
        num_classes = len(self.annotations.labels)
        lengths = {
            len(each) for each in (frames, boxes, scores, labels) if each is not None
        }
        if len(lengths) > 1:
            raise ValueError(
                f'{where}: bboxes, scores, labels and frame_inds '
                f'have different lengths {sorted(lengths)}.'
            )
        classes = scores.shape[1:] if class_scores is None else class_scores.shape
        if labels is None and classes != (num_classes,):
            raise ValueError(
                f'{where}: there are scores for {classes} '
                f'classes; the annotations have {num_classes}.'
            )
        last = max(1, self.annotations.nframes[video] - boxes.shape[1] + 1)
        numbers = np.isfinite(boxes).all(axis=(1, 2)) & np.isfinite(
            scores.reshape(len(scores), -1)
        ).all(axis=1)
        if class_scores is not None:
            numbers &= np.isfinite(class_scores).all()
        faults = [
            (~numbers, 'a box or score that is not finite'),
            (
                (frames < 1) | (frames > last),
                f'outside [1, {last}], the frames of this video',
            ),
        ]
        if labels is not None:
            faults.append(
                (
                    (labels < 0) | (labels >= num_classes),
                    f'a label outside [0, {num_classes - 1}]',
                )
            )
        for wrong, text in faults:
            if wrong.any():
                raise ValueError(f'{where}, frame {frames[wrong.argmax()]}: {text}.')

    def compute_metrics(self, results: List[Tuple]) -> Dict[str, float]:
        """Link and match video by video; see `BaseMetric`."""
        samples: List[List[Detections]] = [[] for _ in self.videos]
        for number, *arrays in results:
            samples[number].append(Detections(*arrays))
        lengths = sorted(
            {
                each.boxes.shape[1]
                for part in samples
                for each in part
                if len(each.frames)
            }
        )
        if len(lengths) > 1:
            raise ValueError(
                f'{type(self).__name__}: there are tubelets of '
                f'different lengths {lengths}; use one.'
            )
        length = lengths[0] if lengths else 1
        labels = self.annotations.labels
        evaluated, reported = [], time.time()
        writer = (
            nullcontext()
            if self.dump is None
            else DetectionWriter(self.dump, labels, length)
        )
        with writer as out:
            for video, part in zip(self.videos, samples):
                detections = merge(video, part, length)
                part.clear()
                if out is not None:
                    out.add(video, detections)
                evaluated.append(
                    evaluate_video(
                        detections.tubelets(),
                        self.annotations.gttubes.get(video, {}),
                        self.annotations.nframes[video],
                        len(labels),
                        self.options,
                    )
                )
                if time.time() - reported > SECONDS_BETWEEN_REPORTS:
                    reported = time.time()
                    self._log(
                        f'{len(evaluated)}/{len(self.videos)} videos linked and matched'
                    )
        summary = summarise(evaluated, self.options, self.empty_classes)
        self._log(f'AP in percent\n{summary.table(labels)}')
        return summary.means

    def _log(self, text: str) -> None:
        print_log(
            f'{type(self).__name__}: {text}', logger='current', level=logging.INFO
        )


def _to_array(value: Any) -> np.ndarray:
    """Array of a tensor on any device, or of a list."""
    tensor = torch.as_tensor(value).detach().cpu()
    # NumPy knows no bfloat16.
    return (tensor.float() if tensor.is_floating_point() else tensor).numpy()
