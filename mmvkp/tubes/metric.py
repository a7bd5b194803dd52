"""MMEngine metric of action tubes: frame-mAP and video-mAP."""

import logging
import time
from contextlib import nullcontext
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from ..checks import check_choice, check_positive, shorten
from ..files import check_path
from .annotations import load_tube_annotations
from .data_checks import videos_of_split
from .degenerate import usable_truths
from .detection_files import DetectionWriter
from .detections import Detections, merge
from .evaluation import evaluate_video
from .options import Thresholds, make_options
from .samples import read_sample
from .summary import summarise
from .viterbi import ViterbiOptions

SECONDS_BETWEEN_REPORTS = 30


@METRICS.register_module()
class TubeMetric(BaseMetric):
    """Frame-mAP and video-mAP on JHMDB, UCF101-24 and others in their layout.

    The evaluation follows ACT and MOC: suppression and linking of MOC; all frames
    of all test videos of the split count, and boxes in frames without ground
    truth are wrong. YOWO ignores such frames, so that its numbers are higher for
    the same detections. `mmvkp evaluate tubes` averages the splits of JHMDB.

    Data samples are dicts with `video_id` and `pred_instances`, which have for P
    boxes

    - `bboxes` (P, 4) `x1, y1, x2, y2` in pixels of the original video from 0, ends
      inclusive; or (P, K, 4) for tubelets of K frames;
    - `frame_inds` (P,), frame of the box or first frame of the tubelet, from 1;
    - `scores` (P, C); or (P,) with `labels` (P,) from 0; or (P,) with
      `class_scores` (C,) next to `pred_instances`: the score of a box in a class
      is then the product of both, which needs the least memory.

    A sample may have several frames. Each frame belongs to one sample.

    Args:
        ann_file (str): Annotations, see `load_tube_annotations`.
        split (int): Split of the file, from 1; its test videos are evaluated.
        protocol (str): `'act'` or `'voc'`; see `average_precision`.
        preset (str | dict): Suppression and linking of `'moc'` or `'act'`; or a dict
            with this as `type` and `class_window`, the number of frames on each side
            over which the classes are averaged; see `average_classes`.
        linker (str | dict): `'greedy'`, `'viterbi'`, or a dict with this as `type`
            and changed parameters; see `GreedyOptions` and `ViterbiOptions`.
        frame_iou_thrs (Sequence[float | str]): IoU values of frame-mAP.
        video_iou_thrs (Sequence[float | str]): IoU values of video-mAP; a string
            `'0.5:0.95'` is the mean over steps of 0.05.
        max_per_frame_class (int, optional): Best detections per (first) frame and
            class before suppression; bounds the memory. MOC links ten of them.
            None keeps all.
        empty_classes (str): Classes without ground truth: `'skip'` ignores them,
            `'zero'` counts predicted ones as 0.
        dump (str, optional): `.npz` file for the detections, see
            `DetectionWriter`.
        collect_device (str): `'cpu'` or `'gpu'`, see MMEngine.
        prefix (str, optional): Prefix of the metric names.

    Results are `stad/frame_mAP@0.5`, `stad/video_mAP@0.2`,
    `stad/video_mAP@0.5:0.95` etc., in percent. The log has a table of all
    classes.

    Raises:
        ValueError: If an argument is invalid; or if a sample has an unknown video,
            or is refused by `read_sample`. Video and frame are named.
        FileNotFoundError: If the annotations do not exist.

    Source: ACT (arXiv:1705.01861), MOC (arXiv:2001.04608).
    """

    default_prefix = 'stad'

    def __init__(
        self,
        ann_file: str,
        split: int = 1,
        protocol: str = 'act',
        preset: Union[str, Dict[str, Any]] = 'moc',
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
        if dump is not None and not (isinstance(dump, str) and dump.endswith('.npz')):
            raise ValueError(f'{name}: dump={dump!r} must end in .npz.')
        self.options = make_options(
            protocol, preset, linker, frame_iou_thrs, video_iou_thrs
        )
        check_path(name, 'ann_file', ann_file)
        self.annotations = load_tube_annotations(ann_file)
        self.videos = videos_of_split(self.annotations, split, ann_file)
        self.truths, dropped = usable_truths(self.annotations, self.videos)
        self.numbers = {video: i for i, video in enumerate(self.videos)}
        self.max_per_frame_class = max_per_frame_class
        self.empty_classes = empty_classes
        self.dump = dump
        if dropped:
            self._log(
                f'{dropped} degenerate true boxes are ignored; `mmvkp data check '
                f'{ann_file}` lists them.'
            )
        self._report_short_tubes()

    def _report_short_tubes(self) -> None:
        """Log the number of annotated tubes that the linker cannot find."""
        shortest = self.options.linker.min_length
        lengths = [
            len(tube)
            for video in self.videos
            for tubes in self.truths[video].values()
            for tube in tubes
        ]
        short = sum(length < shortest for length in lengths)
        if short:
            self._log(
                f'{short} of {len(lengths)} true tubes are shorter than '
                f'{shortest} frames, the min_length of linked tubes, and '
                'count as missed; set linker=dict(type=..., min_length=...) '
                'to change it.'
            )

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Check and store detections.

        Args:
            data_batch (Any): Not used.
            data_samples (Sequence[dict]): Samples with bboxes of shape (P, 4).
        """
        for sample in data_samples:
            if 'pred_instances' not in sample:
                raise ValueError(
                    f'{type(self).__name__}: a sample has no pred_instances, only '
                    f'{sorted(sample)}; the metric evaluates boxes of detectors '
                    '(Point3D). Use AccMetric for recognizers.'
                )
            # One entry per sample, even if empty: MMEngine counts them to drop
            # repeated samples.
            number = self._number(sample.get('video_id'))
            video = self.videos[number]
            try:
                found = read_sample(
                    sample,
                    self.annotations.nframes[video],
                    len(self.annotations.labels),
                    self.max_per_frame_class,
                    isinstance(self.options.linker, ViterbiOptions),
                )
            except ValueError as error:
                name = type(self).__name__
                raise ValueError(f'{name}: video {video!r}: {error}') from error
            self.results.append((number, *found))

    def _number(self, video: Any) -> int:
        """Position of a video in the split."""
        if not isinstance(video, str) or video not in self.numbers:
            raise ValueError(
                f'{type(self).__name__}: video {shorten(video)} is not one of the '
                f'{len(self.videos)} test videos of this split, such as '
                f'{self.videos[0]!r}; data set and metric need the same '
                'ann_file and split.'
            )
        return self.numbers[video]

    def compute_metrics(self, results: List[Tuple]) -> Dict[str, float]:
        """Link and match detections, video by video.

        Args:
            results (list[tuple]): Entries of `process`.

        Returns:
            dict[str, float]: Metrics in percent.
        """
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
                f'{type(self).__name__}: tubelets have different lengths {lengths}; '
                'use one length.'
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
                        self.truths[video],
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
        """Log a message."""
        print_log(
            f'{type(self).__name__}: {text}', logger='current', level=logging.INFO
        )
