"""What the Point Head of a Point3D sees in a clip, and which of its boxes are
right."""

from typing import NamedTuple, Optional, Tuple

import numpy as np
import torch
from torch import nn

from ..tubes.average_precision import Boxes, match_boxes
from ..tubes.clips import clip_frames
from ..tubes.dataset import TubeDataset
from ..tubes.evaluation import Tubelets, suppressed, true_boxes
from ..tubes.online_tubes import detections_of
from ..tubes.options import TubeOptions
from ..tubes.transforms.load import LoadTubes
from .results import collect_results


class JudgedBoxes(NamedTuple):
    """Detections, of each frame and class the best first.

    Attributes:
        boxes (Boxes): P boxes, see there.
        scores (np.ndarray): (P,) after suppression.
        right (np.ndarray): (P,) bool, whether each found a truth.
    """

    boxes: Boxes
    scores: np.ndarray
    right: np.ndarray


class PointMaps(NamedTuple):
    """A clip as a Point3D sees it; frames that it repeats are there once.

    Letters: T frames, H' W' cells of the maps.

    Attributes:
        video (str): Name of the video.
        frames (np.ndarray): (T, H, W, 3), uint8, RGB, as they were decoded.
        numbers (np.ndarray): (T,), their numbers in the video, from 1.
        center_heatmap (np.ndarray): (T, H', W') in [0, 1], that of the
            centres; where there is one for each class, the largest value.
        knot_heatmap (np.ndarray, optional): (T, H', W') in [0, 1], largest
            value over the joints; None for a head without joints.
        area (tuple): (x1, y1, x2, y2), part of the frames that the maps
            cover, in pixels from their left and top edge.
        truths (Boxes): True boxes in these frames.
        found (JudgedBoxes): Those of the model.
    """

    video: str
    frames: np.ndarray
    numbers: np.ndarray
    center_heatmap: np.ndarray
    knot_heatmap: Optional[np.ndarray]
    area: Tuple[float, float, float, float]
    truths: Boxes
    found: JudgedBoxes


def judge_boxes(
    boxes: Boxes, scores: np.ndarray, truths: Boxes, iou_thr: float = 0.5
) -> JudgedBoxes:
    """Tell right boxes from wrong ones by the rule of the frame-mAP.

    As `TubeMetric` does it with its defaults: boxes of a frame and class are
    suppressed, which lowers the scores of doubles; then the best takes the
    true box of its frame and class that it overlaps most and enough, and that
    one is taken.

    Args:
        boxes (Boxes): P detections.
        scores (np.ndarray): (P,).
        truths (Boxes): N true boxes of the same video.
        iou_thr (float): Overlap from which on a truth is found.

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
    right = match_boxes(boxes, kept.scores, truths, [iou_thr], options.protocol)[0]
    return JudgedBoxes(boxes, kept.scores, right)


def clip_of_frame(dataset: TubeDataset, video: str, frame: Optional[int] = None) -> int:
    """Clip that answers for a frame.

    Args:
        dataset (TubeDataset): In test mode.
        video (str): Name of the video.
        frame (int, optional): Number of the frame, from 1. None: the one in
            the middle.

    Returns:
        int: Number of the clip in the data set, from 0.

    Raises:
        ValueError: If there is no such test video, or no such frame in it.
    """
    if video not in dataset.videos:
        raise ValueError(
            f'{dataset.ann_file} has no test video {video!r} in split '
            f'{dataset.split}; it has {len(dataset.videos)}, such as '
            f'{dataset.videos[0]}.'
        )
    count = dataset.annotations.nframes[video]
    frame = (count + 1) // 2 if frame is None else frame
    for index in range(len(dataset)) if 1 <= frame <= count else ():
        info = dataset.get_data_info(index)
        if info['video_id'] == video:
            frames = clip_frames(
                info['start'], info['clip_len'], info['frame_interval'], count
            )
            if frame in frames[info['first_key'] : info['last_key'] + 1]:
                return index
    raise ValueError(
        f'video {video!r} has no frame {frame}; it has frames 1 to {count}.'
    )


def _read(dataset: TubeDataset, index: int) -> Tuple[dict, np.ndarray]:
    """A packed clip, and its frames as they were decoded."""
    results = dataset.get_data_info(index)
    images = None
    for step in dataset.pipeline.transforms:
        results = step(results)
        if isinstance(step, LoadTubes):
            images = np.stack(results['imgs'])
    meta = results['data_samples'].metainfo
    wanted = np.array(meta['ori_shape'][::-1]) * meta['scale_factor']
    if np.abs(wanted - meta['img_shape'][::-1]).max() >= 1 or meta.get('flip'):
        raise ValueError(
            'infer_point_maps: the test pipeline crops or mirrors the frames, '
            'so that boxes and maps cannot be taken back to them; leave '
            'Resize as the only one that changes the geometry.'
        )
    return results, images


def infer_point_maps(model: nn.Module, dataset: TubeDataset, index: int) -> PointMaps:
    """Run a Point3D on a clip and look into its Point Head.

    The boxes are those of all frames of the clip, with what the model says
    when it sees this clip; in a test, where clips lie around a frame, other
    clips answer for the other frames. The class of a box is that of its best
    score: in a model with a 3D Head the product of the centre's score and the
    probability of the class.

    Args:
        model (nn.Module): `Point3D`, as `load_detector` returns it.
        dataset (TubeDataset): Test data of its config.
        index (int): Clip, from 0.

    Returns:
        PointMaps: Frames, maps and boxes.

    Raises:
        ValueError: If there is no such clip, or the test pipeline does
            something to the frames that cannot be followed back.
    """
    if not 0 <= index < len(dataset):
        raise ValueError(
            f'clip {index} is not there; the test data have {len(dataset)} '
            f'clips, from 0 to {len(dataset) - 1}.'
        )
    packed, images = _read(dataset, index)
    meta = packed['data_samples'].metainfo
    numbers, places = np.unique(meta['frame_inds'], return_index=True)
    packed['data_samples'].set_metainfo(dict(key_inds=places))
    with torch.no_grad():
        data = model.data_preprocessor(
            dict(inputs=[packed['inputs']], data_samples=[packed['data_samples']])
        )
        inputs, samples = data['inputs'], data['data_samples']
        size = inputs.shape[3:]
        feats = model.extract_frames(inputs[0].transpose(0, 1))
        feats, clips = model.mix_frames(feats, inputs.shape[2])
        maps = model.point_head.forward_last(feats)
        collect_results(model, feats, clips, samples, size)
    heat = {
        name: maps[name][places].float().sigmoid().amax(1).cpu().numpy()
        for name in ('center_heatmap', 'knot_heatmap')
        if name in maps
    }
    detections = detections_of(model, samples[0])
    labels = detections.class_scores.argmax(1)
    scores = detections.class_scores.max(1)
    frames = samples[0].pred_instances.frame_inds.cpu().numpy()
    boxes = Boxes(frames, detections.boxes, labels)
    truths = true_boxes(dataset.annotations.gttubes.get(meta['video_id'], {}))
    here = np.isin(truths.frames, numbers)
    truths = Boxes(*(each[here] for each in truths))
    cells = np.array(heat['center_heatmap'].shape[:0:-1])
    covered = cells * model.point_head.stride / meta['scale_factor']
    return PointMaps(
        meta['video_id'],
        images[places],
        numbers,
        heat['center_heatmap'],
        heat.get('knot_heatmap'),
        (0.0, 0.0, *covered.tolist()),
        truths,
        judge_boxes(boxes, scores, truths),
    )
