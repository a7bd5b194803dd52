"""Point maps of test clips, seen through a trained Point3D."""

from typing import Any, Dict, List, NamedTuple, Optional, Tuple

import numpy as np
import torch
from mmaction.registry import DATASETS
from mmengine.config import Config
from torch import nn

from ..recognition.clips import Box
from ..tubes.average_precision import Boxes
from ..tubes.clips import clip_frames
from ..tubes.dataset import TubeDataset
from ..tubes.evaluation import true_boxes
from ..tubes.transforms.load import LoadTubes
from .detector import Point3D
from .judged_boxes import JudgedBoxes, judge_boxes
from .results import detections_of


class PointMaps(NamedTuple):
    """One clip of a test video and the maps of the point head.

    Frames that the clip repeats are listed once.

    Shape:
        - frames, numbers, box: As for `mmvkp.recognition.inspection.Inspection`;
          `Boxes` count frames from 1.
        - scores: (num_classes,), probabilities of the clip; if actors are
          classified, or without 3D head, the largest scores of its boxes.
        - center_heatmap: (T, H', W') in [0, 1], heatmap of the centres; the
          largest value if each class has one.
        - joint_heatmap: (T, H', W') in [0, 1], the largest value over the
          joints; None for a head without joints.
    """

    video: str
    classes: List[str]
    frames: np.ndarray
    numbers: np.ndarray
    box: Box
    scores: np.ndarray
    center_heatmap: np.ndarray
    joint_heatmap: Optional[np.ndarray]
    ground_truth: Boxes
    found: JudgedBoxes


class PointMapInspector:
    """Runs a detector on clips of its test data.

    It has the interface of `mmvkp.recognition.inspection.Inspector`; videos are
    named as in the annotations.

    Args:
        model (nn.Module): `Point3D` in evaluation mode. Its results are
            switched to boxes of frames in pixels of the video.
        config (Config): Its config. The test data must be a `TubeDataset`.

    Raises:
        TypeError: If the model is not a `Point3D` or the test data are not a
            `TubeDataset`.
        ValueError: If model and data have different numbers of classes.

    Example:
        >>> result = PointMapInspector(model, config)('jump/b')
        >>> result.center_heatmap.shape  # (T, H', W')
    """

    def __init__(self, model: nn.Module, config: Config) -> None:
        if not isinstance(model, Point3D):
            raise TypeError(
                f'PointMapInspector: the model is a {type(model).__name__}; it '
                'must be a Point3D, as in configs/detection/point3d.'
            )
        dataset = (config.get('test_dataloader') or {}).get('dataset') or {}
        if dataset.get('type') != 'TubeDataset':
            raise TypeError(
                'PointMapInspector: the test data of the config are '
                f'{dataset.get("type")}; they must be a TubeDataset.'
            )
        model.test_cfg = dict(model.test_cfg, box_format='video', emit='frame')
        self.model = model
        self.data: TubeDataset = DATASETS.build(dict(dataset, test_mode=True))
        self.classes = list(self.data.annotations.labels)
        if len(self.classes) != model.num_classes:
            raise ValueError(
                f'{self.data.ann_file} has {len(self.classes)} classes, the model '
                f'has {model.num_classes}; give the config of these data.'
            )

    def clips_to_cover(self, video: str) -> int:
        """Number of clips that cover a whole test video."""
        info = self.data.get_data_info(clip_of_frame(self.data, video))
        span = (info['clip_len'] - 1) * info['frame_interval'] + 1
        return -(-self.data.annotations.nframes[video] // span)

    def __call__(self, video: str, clip: int = 0, num_clips: int = 1) -> PointMaps:
        """Run the model on the clip in the middle of a part of a test video.

        Args:
            video (str): Name of the video in the annotations.
            clip (int): Part of the video, from 0.
            num_clips (int): Equal parts that the video is cut into.

        Returns:
            PointMaps: Frames, maps and boxes.

        Raises:
            ValueError: If the video is missing in the test data.
        """
        count = self.data.annotations.nframes.get(video, 1)
        first, end = (part * count // num_clips for part in (clip, clip + 1))
        # Of an even number the upper one: clips of T frames around frame f start
        # at f - T // 2.
        middle = min(count, first + 1 + (end - first) // 2)
        return self.inspect(clip_of_frame(self.data, video, middle))

    def inspect(self, index: int) -> PointMaps:
        """Run the model on a clip of the test data.

        All frames of the clip get boxes, as predicted for this clip; a test
        with overlapping clips takes other frames from other clips. The class of
        a box is the one with its best score; with a 3D head scores are products
        of the centre's score and the probability of the class.

        Args:
            index (int): Clip, from 0.

        Returns:
            PointMaps: Frames, maps and boxes.

        Raises:
            ValueError: If the clip is missing, or the test pipeline changes
                the geometry by more than Resize.
        """
        if not 0 <= index < len(self.data):
            raise ValueError(
                f'clip {index} is missing; the test data have {len(self.data)} '
                f'clips, from 0 to {len(self.data) - 1}.'
            )
        packed, images = _read(self.data, index)
        meta = packed['data_samples'].metainfo
        numbers, places = np.unique(meta['frame_inds'], return_index=True)
        packed['data_samples'].set_metainfo(dict(key_inds=places))
        sample, heat = self._run(packed)
        detections = detections_of(
            sample, self.model.num_classes, self.model.multi_label
        )
        boxes = Boxes(
            sample.pred_instances.frame_inds.cpu().numpy(),
            detections.boxes,
            detections.class_scores.argmax(1),
        )
        scores = detections.class_scores.max(0, initial=0.0)
        if 'class_scores' in sample:
            scores = sample.class_scores.cpu().numpy()
        truth = true_boxes(self.data.annotations.gttubes.get(meta['video_id'], {}))
        here = np.isin(truth.frames, numbers)
        truth = Boxes(*(each[here] for each in truth))
        cells = np.array(heat['center_heatmap'].shape[:0:-1])
        right, bottom = cells * self.model.point_head.stride / meta['scale_factor']
        return PointMaps(
            meta['video_id'],
            self.classes,
            images[places],
            numbers - 1,
            (0.0, 0.0, float(right), float(bottom)),
            scores,
            heat['center_heatmap'],
            heat.get('knot_heatmap'),
            truth,
            judge_boxes(boxes, detections.class_scores.max(1), truth),
        )

    def _run(self, packed: Dict[str, Any]) -> Tuple[Any, Dict[str, np.ndarray]]:
        """Sample with detections, and heatmaps (T, H', W') by name."""
        with torch.no_grad():
            data = self.model.data_preprocessor(
                dict(inputs=[packed['inputs']], data_samples=[packed['data_samples']])
            )
            inputs, samples = data['inputs'], data['data_samples']
            feats = self.model.extract_frames(inputs[0].transpose(0, 1))
            maps = self.model.detect(feats, samples, inputs.shape[3:])
        heat: Dict[str, np.ndarray] = {
            name: maps[name].float().sigmoid().amax(1).cpu().numpy()
            for name in ('center_heatmap', 'knot_heatmap')
            if name in maps
        }
        return samples[0], heat


def clip_of_frame(dataset: TubeDataset, video: str, frame: Optional[int] = None) -> int:
    """Clip that answers for a frame.

    Args:
        dataset (TubeDataset): In test mode.
        video (str): Name of the video.
        frame (int, optional): Number of the frame, from 1. Default: the middle
            one.

    Returns:
        int: Number of the clip in the data set, from 0.

    Raises:
        ValueError: If the test video or the frame is missing.
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


def _read(dataset: TubeDataset, index: int) -> Tuple[Dict[str, Any], np.ndarray]:
    """A packed clip, and its decoded frames (T, H, W, 3)."""
    results, images = dataset.get_data_info(index), np.zeros((0, 0, 0, 3), np.uint8)
    for step in dataset.pipeline.transforms:
        results = step(results)
        if isinstance(step, LoadTubes):
            images = np.stack(results['imgs'])
    meta = results['data_samples'].metainfo
    wanted = np.array(meta['ori_shape'][::-1]) * meta['scale_factor']
    if np.abs(wanted - meta['img_shape'][::-1]).max() >= 1 or meta.get('flip'):
        raise ValueError(
            'PointMapInspector: the test pipeline crops or flips the frames, '
            'so that boxes and maps cannot be mapped back to them; keep Resize '
            'as the only step that changes the geometry.'
        )
    return results, images
