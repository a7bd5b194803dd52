"""Data sets of action tubes: JHMDB, UCF101-24 and others in their layout."""

import os.path as osp
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, Union

import numpy as np
from mmaction.datasets import BaseActionDataset
from mmaction.registry import DATASETS
from mmaction.utils import ConfigType
from mmengine.logging import MMLogger

from ..checks import check_choice, check_positive, check_sequence, shorten
from ..files import check_path, path_inside
from .annotations import load_tube_annotations
from .clips import TEST_CLIPS, TRAIN_CLIPS, answering_clips, train_starts
from .data_checks import Problem, check_annotations, describe_problems
from .degenerate import usable_tubes
from .file_checks import check_files, check_joints
from .joints import TubeJoints
from .video_files import find_video

MAX_LISTED = 20


def _check_arguments(
    name: str,
    data_prefix: ConfigType,
    train_clips: str,
    test_clips: str,
    on_problems: str,
    frame_interval: int,
) -> None:
    """Refuse invalid arguments of `TubeDataset`."""
    check_choice(name, 'train_clips', train_clips, TRAIN_CLIPS)
    check_choice(name, 'test_clips', test_clips, TEST_CLIPS)
    check_choice(name, 'on_problems', on_problems, ('error', 'warn', 'ignore'))
    if (
        not isinstance(data_prefix, dict)
        or list(data_prefix) not in (['img'], ['video'])
        or not isinstance(next(iter(data_prefix.values())), str)
    ):
        raise ValueError(
            f'{name}: data_prefix={shorten(data_prefix)} must be '
            'dict(img=FOLDER) for folders of frames or dict(video=FOLDER) '
            'for video files.'
        )
    if test_clips != 'centered' and frame_interval > 1:
        raise ValueError(
            f'{name}: test_clips={test_clips!r} with frame_interval='
            f'{frame_interval} would skip frames; set test_clips='
            "'centered', or frame_interval=1."
        )


def _check_files(
    name: str, pipeline: Any, filename_tmpl: Any, joint_prefix: Any
) -> None:
    """Refuse invalid transforms and names of files."""
    check_sequence(name, 'pipeline', pipeline)
    for step in pipeline:
        if not (isinstance(step, dict) or callable(step)):
            raise TypeError(
                f'{name}: pipeline={shorten(step)} is not a transform; each step is a '
                'dict with a type.'
            )
    try:
        valid = isinstance(filename_tmpl, str) and bool(filename_tmpl.format(1))
    except (IndexError, KeyError, ValueError, AttributeError):
        valid = False
    if not valid:
        raise ValueError(
            f'{name}: filename_tmpl={shorten(filename_tmpl)} is not a template with '
            "one number, such as '{:05}.jpg'."
        )
    if joint_prefix is not None and not isinstance(joint_prefix, str):
        raise TypeError(
            f'{name}: joint_prefix={shorten(joint_prefix)} is not a folder; give a '
            'path.'
        )


@DATASETS.register_module()
class TubeDataset(BaseActionDataset):
    """Clips of videos with action tubes.

    By default each tube covers a training clip completely or not at all, and at
    least one covers it. In tests each frame of each video belongs to exactly one
    clip. Videos that are shorter than a clip are padded with their last frame.

    The pipeline starts with `SampleTubeFrames`, a decoder and `LoadTubes`, and
    ends with `PackTubeInputs`.

    Args:
        ann_file (str): Annotations, see `load_tube_annotations`.
        pipeline (list[dict | Callable]): Transforms.
        data_prefix (dict): `img`: folder with a folder of frames per video; or
            `video`: folder with a file per video, named with or without suffix.
        split (int): Split of the file, from 1. JHMDB has three, UCF101-24 has
            one.
        clip_len (int): Frames of a clip. Point3D uses 16.
        clip_stride (int): Use every n-th training clip of a video.
        frame_interval (int): Distance between successive frames of a clip.
        filename_tmpl (str): Name of frame files, counted from 1; `{:05}.png` for
            JHMDB, `{:05}.jpg` for UCF101-24.
        joint_prefix (str, optional): Folder with joints, see `find_joints`.
        train_clips (str): `'inside'`, `'all'` or `'centered'`, see `train_starts`.
        test_clips (str): `'centered'`, `'windows'` or `'sliding'`, see
            `answering_clips`.
        on_problems (str): Reaction to invalid annotations or files: `'error'`,
            `'warn'`, or `'ignore'`, which skips the checks. Degenerate boxes are
            never trained on, see `degenerate`. Only the first and
            the last frame of each video are checked; `mmvkp data check` checks
            all frames.
        **kwargs: Arguments of `BaseActionDataset` and `BaseDataset`, such as
            `data_root`; `test_mode`: read the test videos of the split instead of the
            training videos; `filter_cfg=dict(labels=[0, 1])`: train on clips of these
            classes only.

    Raises:
        ValueError: If an argument is invalid, the file lacks the split or has no
            training clip, or annotations or files are invalid; the first problems
            are listed by video and frame.
        FileNotFoundError: If the annotations do not exist.

    Source: layout and clips follow the detectors ACT (Kalogeiton et al.,
    arXiv:1705.01861) and MOC (Li et al., arXiv:2001.04608).
    """

    def __init__(
        self,
        ann_file: str,
        pipeline: List[Union[ConfigType, Callable]],
        data_prefix: ConfigType,
        split: int = 1,
        clip_len: int = 16,
        clip_stride: int = 1,
        frame_interval: int = 1,
        filename_tmpl: str = '{:05}.jpg',
        joint_prefix: Optional[str] = None,
        train_clips: str = 'inside',
        test_clips: str = 'centered',
        on_problems: str = 'error',
        **kwargs: Any,
    ) -> None:
        name = type(self).__name__
        check_positive(
            name,
            split=split,
            clip_len=clip_len,
            clip_stride=clip_stride,
            frame_interval=frame_interval,
        )
        _check_arguments(
            name, data_prefix, train_clips, test_clips, on_problems, frame_interval
        )
        check_path(name, 'ann_file', ann_file)
        _check_files(name, pipeline, filename_tmpl, joint_prefix)
        self.split = split
        self.clip_len = clip_len
        self.clip_stride = clip_stride
        self.frame_interval = frame_interval
        self.filename_tmpl = filename_tmpl
        self.joint_prefix = joint_prefix and osp.join(
            kwargs.get('data_root') or '', joint_prefix
        )
        self.train_clips = train_clips
        self.test_clips = test_clips
        self.on_problems = on_problems
        self.joints: Dict[str, TubeJoints] = {}
        self._files: Dict[str, str] = {}
        super().__init__(
            ann_file,
            pipeline,
            data_prefix=data_prefix,
            start_index=1 if 'img' in data_prefix else 0,
            **kwargs,
        )

    def load_data_list(self) -> List[dict]:
        """List the clips.

        Returns:
            list[dict]: For each clip `video`, the index of its video in
            `self.videos`; `start`, its first frame, from 1; `first_key` and
            `last_key`, the positions in the clip, from 0, ends inclusive, of the
            frames that the clip predicts.
        """
        if not osp.exists(self.ann_file):
            raise FileNotFoundError(
                f'{type(self).__name__}: ann_file={self.ann_file} does not exist; '
                'data_root, if given, is joined before it.'
            )
        self.annotations = load_tube_annotations(self.ann_file)
        self._metainfo.setdefault('classes', tuple(self.annotations.labels))
        self.videos = list(dict.fromkeys(self.split_videos()))
        self._check_data()
        clips = []
        for number, video in enumerate(self.videos):
            for start, first, last in self._clips_of(video):
                clips.append(
                    dict(video=number, start=int(start), first_key=first, last_key=last)
                )
        if not clips:
            raise ValueError(
                f'{type(self).__name__}: {self.ann_file} gives no clip of '
                f'{self.clip_len} frames, {self.frame_interval} apart, from '
                f'the {len(self.videos)} video(s) of split {self.split}. A '
                'training clip must lie inside a tube: reduce clip_len or '
                "frame_interval, or set train_clips='all'."
            )
        return clips

    def filter_data(self) -> List[dict]:
        """Training clips whose middle frame shows one of `filter_cfg['labels']`.

        Raises:
            ValueError: If `filter_cfg` has other keys, or no clip is left.
        """
        if self.test_mode or not self.filter_cfg:
            return self.data_list
        if list(self.filter_cfg) != ['labels']:
            raise ValueError(
                f'{type(self).__name__}: filter_cfg={self.filter_cfg} must be '
                'dict(labels=[...]), the labels to train on, from 0.'
            )
        wanted = self.filter_cfg['labels']
        check_sequence(type(self).__name__, "filter_cfg['labels']", wanted)
        middle = self.clip_len // 2 * self.frame_interval
        kept = [
            clip
            for clip in self.data_list
            if any(
                label in wanted and clip['start'] + middle in tube[:, 0]
                for tube, label in zip(*self._tubes_of(self.videos[clip['video']]))
            )
        ]
        if not kept:
            raise ValueError(
                f'{type(self).__name__}: no training clip shows one of the labels '
                f'{list(wanted)} of filter_cfg; {self.ann_file} has labels 0 to '
                f'{len(self.annotations.labels) - 1}.'
            )
        return kept

    def split_videos(self) -> List[str]:
        """Videos of the split, for training or test.

        Raises:
            ValueError: If the annotations lack the split.
        """
        splits = (
            self.annotations.test_videos
            if self.test_mode
            else self.annotations.train_videos
        )
        if self.split > len(splits):
            raise ValueError(
                f'{type(self).__name__}: split={self.split}, but '
                f'{self.ann_file} has {len(splits)} split(s), counted from 1.'
            )
        return splits[self.split - 1]

    def _clips_of(self, video: str) -> Sequence[Tuple[int, int, int]]:
        """Clips of one video: start, first and last key."""
        num_frames = self.annotations.nframes.get(video, 0)
        if num_frames < 1:
            return []
        if self.test_mode:
            return answering_clips(
                num_frames, self.clip_len, self.frame_interval, self.test_clips
            )
        starts = train_starts(
            usable_tubes(
                self._tubes_of(video)[0], self.annotations.resolution.get(video)
            ),
            num_frames,
            self.clip_len,
            self.frame_interval,
            self.train_clips,
        )
        return [(start, 0, self.clip_len - 1) for start in starts[:: self.clip_stride]]

    def _tubes_of(self, video: str) -> tuple:
        """Tubes of a video in the order of their classes, and these classes."""
        classes = self.annotations.gttubes.get(video, {})
        pairs = [(tube, label) for label in sorted(classes) for tube in classes[label]]
        return [tube for tube, _ in pairs], [label for _, label in pairs]

    @property
    def num_joints(self) -> int:
        """Number of joints of an actor, 0 if the data set has none."""
        for joints in self.joints.values():
            return joints.points.shape[2]
        return 0

    def _check_data(self) -> None:
        """Read the joints and report problems of the data."""
        problems: List[Problem] = []
        if self.joint_prefix:
            problems += check_joints(
                self.annotations, self.joint_prefix, self.videos, self.joints
            )
        if self.on_problems == 'ignore':
            return
        problems = check_annotations(self.annotations, self.videos) + problems
        folder = list(self.data_prefix.values())[0]
        template = self.filename_tmpl if 'img' in self.data_prefix else None
        problems += check_files(
            self.annotations, folder, self.videos, template, every=False
        )
        if not problems:
            return
        text = describe_problems(problems, self.ann_file, MAX_LISTED)
        if self.on_problems == 'warn':
            MMLogger.get_current_instance().warning(text)
            return
        raise ValueError(
            f'{text}\nCorrect the annotations or the folders, or set on_problems='
            "'warn' to continue with them. `mmvkp data check` lists all problems."
        )

    def prepare_data(self, idx: int) -> Any:
        """Run the pipeline for one clip.

        Args:
            idx (int): Index of the clip.

        Raises:
            KeyError: If a transform needs a key that no earlier one gives.
        """
        try:
            return super().prepare_data(idx)
        except KeyError as error:
            raise KeyError(
                f'{type(self).__name__}: a transform of the pipeline needs {error}, '
                'which no earlier one gives; check their order.'
            ) from error

    def get_data_info(self, idx: int) -> dict:
        """Input of `SampleTubeFrames` and `LoadTubes` for one clip.

        Args:
            idx (int): Index of the clip.

        Returns:
            dict: `tubes`, arrays (n, 5) as in the annotations, and
            `tube_labels` for each; `joints` of all tubes, or None; `num_joints`,
            equal for all videos, 0 if the data set has none.
        """
        info = super().get_data_info(idx)
        video = self.videos[info.pop('video')]
        tubes, labels = self._tubes_of(video)
        info.update(
            video_id=video,
            nframes=self.annotations.nframes[video],
            ori_shape=self.annotations.resolution.get(video),
            clip_len=self.clip_len,
            frame_interval=self.frame_interval,
            tubes=tubes,
            tube_labels=np.array(labels, dtype=np.int64),
            joints=self.joints.get(video),
            num_joints=self.num_joints,
        )
        if 'img' in self.data_prefix:
            info.update(
                frame_dir=path_inside(self.data_prefix['img'], video),
                filename_tmpl=self.filename_tmpl,
            )
        else:
            folder = self.data_prefix['video']
            if video not in self._files:
                self._files[video] = find_video(folder, video) or path_inside(
                    folder, video
                )
            info['filename'] = self._files[video]
        return info
