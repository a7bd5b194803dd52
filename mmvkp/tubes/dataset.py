"""Data sets of action tubes: JHMDB, UCF101-24 and what has their layout."""

import os.path as osp
from typing import Callable, Dict, List, Optional, Union

import numpy as np
from mmaction.datasets import BaseActionDataset
from mmaction.registry import DATASETS
from mmaction.utils import ConfigType
from mmengine.logging import MMLogger

from ..checks import check_choice, check_positive
from .annotations import load_tube_annotations
from .clips import TEST_CLIPS, TRAIN_CLIPS, answering_clips, train_starts
from .data_checks import (
    Problem,
    check_annotations,
    check_files,
    check_joints,
    describe_problems,
    find_video,
)
from .joints import TubeJoints

MAX_LISTED = 20


@DATASETS.register_module()
class TubeDataset(BaseActionDataset):
    """Clips of videos in which boxes say who does what, frame by frame.

    A training clip has every tube either in all of its frames or in none,
    and one at least in all, if ``train_clips`` does not say otherwise. In
    tests every frame of every video is answered for by exactly one clip.
    Videos that are shorter than a clip are filled with their last frame.

    Begin the pipeline with `SampleTubeFrames`, a decoder and `LoadTubes`,
    and end it with `PackTubeInputs`.

    Args:
        ann_file (str): Annotations, see `load_tube_annotations`.
        pipeline (List[dict | Callable]): Transforms.
        data_prefix (dict): ``img``: folder with a folder of frames for each
            video; or ``video``: folder with a file for each video, whose
            suffix is found out.
        split (int): Which of the splits of the file, counted from 1. JHMDB
            has three, UCF101-24 has one.
        clip_len (int): Frames of a clip. Point3D uses 16.
        clip_stride (int): Keep every n-th training clip of a video.
        frame_interval (int): Distance of neighbouring frames of a clip.
        filename_tmpl (str): Name of frame files, which are counted from 1;
            ``{:05}.png`` for JHMDB, ``{:05}.jpg`` for UCF101-24.
        joint_prefix (str, optional): Folder with joints, see
            `tube_joints.find_joints`. None: there are no joints.
        test_mode (bool): Read the test videos of the split, else the
            training videos.
        train_clips (str): ``'inside'`` or ``'all'``: see
            `tube_clips.train_starts`.
        test_clips (str): ``'centered'``, ``'windows'`` or ``'sliding'``: see
            `tube_clips.answering_clips`.
        on_problems (str): What to do when annotations or files are wrong:
            ``'error'``, ``'warn'``, or ``'ignore'``, which saves looking at
            them. Of the frames only the first and the last one of each video
            are looked for; ``tools/dataset_converters/check_tubes.py`` looks
            for all.
        **kwargs (Any): Arguments of MMEngine's `BaseDataset`.

    Raises:
        ValueError: If an argument has another value, the file has no such
            split, there is no clip for training, or annotations or files are
            wrong; the first problems are listed by video and frame.
        FileNotFoundError: If there is no such file of annotations.

    Source: the layout and the clips are those of the detectors ACT (Kalogeiton
    et al., arXiv:1705.01861) and MOC (Li et al., arXiv:2001.04608).
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
        test_mode: bool = False,
        train_clips: str = 'inside',
        test_clips: str = 'centered',
        on_problems: str = 'error',
        **kwargs,
    ) -> None:
        name = type(self).__name__
        check_positive(
            name,
            split=split,
            clip_len=clip_len,
            clip_stride=clip_stride,
            frame_interval=frame_interval,
        )
        check_choice(name, 'train_clips', train_clips, TRAIN_CLIPS)
        check_choice(name, 'test_clips', test_clips, TEST_CLIPS)
        check_choice(name, 'on_problems', on_problems, ('error', 'warn', 'ignore'))
        if list(data_prefix) not in (['img'], ['video']):
            raise ValueError(
                f'{name}: data_prefix={dict(data_prefix)} must be '
                'dict(img=FOLDER) for folders of frames or dict(video=FOLDER) '
                'for video files.'
            )
        if test_clips != 'centered' and frame_interval > 1:
            raise ValueError(
                f'{name}: test_clips={test_clips!r} with frame_interval='
                f'{frame_interval} would leave frames out; set test_clips='
                "'centered', or frame_interval=1."
            )
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
            test_mode=test_mode,
            start_index=1 if 'img' in data_prefix else 0,
            **kwargs,
        )

    def load_data_list(self) -> List[dict]:
        """List the clips.

        Returns:
            List[dict]: For each clip the position of its video in
            ``self.videos``, its ``start`` (frame, from 1) and the positions
            ``first_key`` and ``last_key`` (from 0, included) of the frames
            that it answers for.
        """
        self.annotations = load_tube_annotations(self.ann_file)
        self._metainfo.setdefault('classes', tuple(self.annotations.labels))
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
        self.videos = list(dict.fromkeys(splits[self.split - 1]))
        self._look_for_problems()
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
                'training clip has to lie inside a tube: give a smaller '
                "clip_len or frame_interval, or set train_clips='all'."
            )
        return clips

    def _clips_of(self, video: str) -> List[tuple]:
        """Clips of one video; see `tube_clips.Clip`."""
        nframes = self.annotations.nframes.get(video, 0)
        if nframes < 1:
            return []
        if self.test_mode:
            return answering_clips(
                nframes, self.clip_len, self.frame_interval, self.test_clips
            )
        starts = train_starts(
            self._tubes_of(video)[0],
            nframes,
            self.clip_len,
            self.frame_interval,
            self.train_clips,
        )
        return [(start, 0, self.clip_len - 1) for start in starts[:: self.clip_stride]]

    def _tubes_of(self, video: str) -> tuple:
        """Tubes of a video, by class, and their classes."""
        classes = self.annotations.gttubes.get(video, {})
        pairs = [(tube, label) for label in sorted(classes) for tube in classes[label]]
        return [tube for tube, _ in pairs], [label for _, label in pairs]

    @property
    def num_joints(self) -> int:
        """Joints of an actor, 0 if the data set has none."""
        for joints in self.joints.values():
            return joints.points.shape[2]
        return 0

    def _look_for_problems(self) -> None:
        """Read the joints, and say what is wrong with the data."""
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
            f'{text}\nMend the annotations or the folders, or set on_problems='
            "'warn' to go on with them. All problems are listed by "
            'tools/dataset_converters/check_tubes.py.'
        )

    def get_data_info(self, idx: int) -> dict:
        """What `SampleTubeFrames` and `LoadTubes` need for one clip.

        Args:
            idx (int): Number of the clip.

        Returns:
            dict: ``tubes`` are (n, 5) each, as in the annotations, with one
            of ``tube_labels`` each; ``joints`` are those of all tubes, or
            None; ``num_joints`` is the same for all videos, 0 if the data
            set has none.
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
                frame_dir=osp.join(self.data_prefix['img'], video),
                filename_tmpl=self.filename_tmpl,
            )
        else:
            folder = self.data_prefix['video']
            if video not in self._files:
                self._files[video] = find_video(folder, video) or osp.join(
                    folder, video
                )
            info['filename'] = self._files[video]
        return info
