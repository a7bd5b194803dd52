"""Detections of the data samples that a metric gets."""

from typing import Any, Mapping, Optional

import numpy as np
import torch

from ..checks import shorten
from .detections import Detections, pack, pack_nothing


def read_sample(
    sample: Mapping[str, Any],
    num_frames: int,
    num_classes: int,
    limit: Optional[int] = None,
    single: bool = False,
) -> Detections:
    """Check and pack the detections of a sample.

    Args:
        sample (Mapping): Data sample, see `TubeMetric`.
        num_frames (int): Length of its video.
        num_classes (int): Number of classes, C.
        limit (int, optional): Detections per frame and class, see `pack`.
        single (bool): Refuse tubelets of several frames.

    Returns:
        Detections: Boxes (B, K, 4) and scores (P,).

    Raises:
        ValueError: If shapes do not fit, a frame or label is out of range, or a
            box or score is not finite.
    """
    found = sample.get('pred_instances')
    missing = [
        name
        for name in ('bboxes', 'frame_inds', 'scores')
        if not isinstance(found, Mapping) or name not in found
    ]
    if missing or found is None:
        raise ValueError(
            f'pred_instances lacks {", ".join(missing)}; detections of action tubes '
            'have bboxes, frame_inds and scores. Detectors of AVA in MMAction2 have '
            'no frames: use their AVAMetric.'
        )
    boxes = _to_array('bboxes', found['bboxes'])
    if boxes.ndim not in (2, 3) or boxes.shape[-1] != 4:
        raise ValueError(
            f'bboxes have shape {boxes.shape}; (P, 4) or (P, K, 4) is required.'
        )
    boxes = boxes[:, None] if boxes.ndim == 2 else boxes
    if not len(boxes):
        return pack_nothing(boxes.shape[1])
    if single and boxes.shape[1] > 1:
        raise ValueError(
            'the Viterbi linker takes boxes of single frames, but these are tubelets '
            f"of {boxes.shape[1]}; set linker='greedy'."
        )
    frames = _to_indices('frame_inds', found['frame_inds'])
    scores = _to_array('scores', found['scores'])
    labels, class_scores = None, None
    if 'labels' in found and scores.ndim == 1:
        labels = _to_indices('labels', found['labels'])
    elif scores.ndim == 1:
        class_scores = sample.get('class_scores')
        if class_scores is None:
            raise ValueError(
                f'scores of shape {scores.shape} need labels, or class_scores in the '
                'sample; without both give scores (P, classes).'
            )
        class_scores = _to_array('class_scores', class_scores)
    _check_shapes(frames, boxes, scores, labels, class_scores, num_classes)
    finite = np.isfinite(boxes).all(axis=(1, 2))
    finite &= np.isfinite(scores.reshape(len(scores), -1)).all(axis=1)
    if class_scores is not None:
        finite &= np.isfinite(class_scores).all()
    _refuse(frames, ~finite, 'a box or score that is not finite')
    last = max(1, num_frames - boxes.shape[1] + 1)
    text = f'outside [1, {last}], the frames of this video'
    _refuse(frames, (frames < 1) | (frames > last), text)
    if labels is not None:
        text = f'a label outside [0, {num_classes - 1}]'
        _refuse(frames, (labels < 0) | (labels >= num_classes), text)
    return pack(frames, boxes, scores, labels, class_scores, limit)


def _check_shapes(
    frames: np.ndarray,
    boxes: np.ndarray,
    scores: np.ndarray,
    labels: Optional[np.ndarray],
    class_scores: Optional[np.ndarray],
    num_classes: int,
) -> None:
    """Refuse arrays of different lengths or another number of classes."""
    if not scores.ndim:
        raise ValueError('scores are a single number; one per box is required.')
    parts = [each for each in (frames, boxes, scores, labels) if each is not None]
    lengths = {len(each) for each in parts}
    if len(lengths) > 1:
        raise ValueError(
            'bboxes, scores, labels and frame_inds have different lengths '
            f'{sorted(lengths)}.'
        )
    classes = scores.shape[1:] if class_scores is None else class_scores.shape
    if labels is None and classes != (num_classes,):
        raise ValueError(
            f'there are scores for {classes} classes; the annotations have '
            f'{num_classes}.'
        )


def _refuse(frames: np.ndarray, wrong: np.ndarray, text: str) -> None:
    """Raise an error that names the frame of the first wrong detection."""
    if wrong.any():
        raise ValueError(f'frame {frames[wrong.argmax()]}: {text}.')


def _to_array(name: str, value: Any) -> np.ndarray:
    """Convert a tensor on any device, or a list."""
    try:
        tensor = torch.as_tensor(value).detach().cpu()
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(
            f'{name} is {shorten(value)}; a tensor or list of numbers is required.'
        ) from error
    if tensor.is_complex():
        raise ValueError(f'{name} is complex; real numbers are required.')
    # NumPy has no bfloat16.
    return (tensor.float() if tensor.is_floating_point() else tensor).numpy()


def _to_indices(name: str, value: Any) -> np.ndarray:
    """Convert one integer per box, which may be stored as a float."""
    array = _to_array(name, value)
    if array.ndim != 1:
        raise ValueError(f'{name} has shape {array.shape}; (P,) is required.')
    indices = array.astype(np.int64)
    if not np.array_equal(indices, array):
        raise ValueError(f'{name} has values that are not integers.')
    return indices
