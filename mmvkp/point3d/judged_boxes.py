"""Detections that are marked correct or wrong by the rule of the frame-mAP."""

from typing import NamedTuple

import numpy as np

from ..tubes.average_precision import Boxes, match_boxes
from ..tubes.evaluation import Tubelets, suppressed
from ..tubes.options import TubeOptions


class JudgedBoxes(NamedTuple):
    """Detections, best first within each frame and class.

    Shape:
        - boxes: `Boxes` with P boxes.
        - scores: (P,), after suppression.
        - correct: (P,) bool, True for a box that matches a ground-truth box.
    """

    boxes: Boxes
    scores: np.ndarray
    correct: np.ndarray

    def above(self, score: float) -> 'JudgedBoxes':
        """Boxes with at least a score."""
        kept = self.scores >= score
        boxes = Boxes(*(each[kept] for each in self.boxes))
        return JudgedBoxes(boxes, self.scores[kept], self.correct[kept])


def judge_boxes(
    boxes: Boxes, scores: np.ndarray, truth: Boxes, iou_threshold: float = 0.5
) -> JudgedBoxes:
    """Separate correct boxes from wrong ones by the rule of the frame-mAP.

    This follows `TubeMetric` with its defaults: boxes of a frame and class are
    suppressed, which lowers the scores of duplicates. Then each box, best
    first, takes the ground-truth box of its frame and class with the largest
    overlap, if that box is free and overlaps enough.

    Args:
        boxes (Boxes): P detections.
        scores (np.ndarray): Their scores.
        truth (Boxes): N ground-truth boxes of the same video.
        iou_threshold (float): Least overlap of a match.

    Shape:
        - scores: (P,).

    Returns:
        JudgedBoxes: All P of them.
    """
    options = TubeOptions()
    kept = suppressed(
        Tubelets(boxes.frames, boxes.boxes[:, None], boxes.labels, scores),
        int(boxes.frames.max(initial=0)),
        options.nms_threshold,
        options.nms_soft,
    )
    boxes = Boxes(kept.frames, kept.boxes[:, 0], kept.labels)
    correct = match_boxes(boxes, kept.scores, truth, [iou_threshold], options.protocol)
    return JudgedBoxes(boxes, kept.scores, correct[0])
