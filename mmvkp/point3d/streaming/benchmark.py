"""Time of one more frame of a stream, compared to a whole clip."""

import os
import statistics
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from torch import Tensor

from ...checks import check_positive
from ...console import say, track
from ...recognition.loading import load_config
from ...recognition.side_by_side import ratio, time_side_by_side
from ...tubes.online_linker import OnlineLinker
from ...tubes.online_tubes import FrameDetections, LinkOptions
from ..bank.window import KEY, BankWindow
from .inferencer import TubeInferencer

# Of one more frame, relative to a whole clip.
GOAL, LONG_GOAL = 1 / 6, 1 / 12
# Frames of a clip from which on `LONG_GOAL` is the goal.
_LONG = 32
WHOLE = 'whole clip'
# Frames after which all buffers are allocated.
_WARM_UP = 50


def make_frames(count: int, size: Sequence[int]) -> np.ndarray:
    """Frames of noise.

    Args:
        count (int): Number of frames.
        size (Sequence[int]): Width and height.

    Shape:
        - returns: (count, height, width, 3), uint8.
    """
    shape = (count, size[1], size[0], 3)
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def make_actors(count: int) -> FrameDetections:
    """Actors beside each other, with 15 joints each.

    Args:
        count (int): Number of actors.

    Returns:
        FrameDetections: One box for each.
    """
    left = 25 * np.arange(count, dtype=np.float32)
    boxes = np.stack((left, left, left + 20, left + 40), 1)
    scores = np.full(count, 0.9, dtype=np.float32)
    return FrameDetections(
        boxes,
        scores,
        np.tile(scores[:, None] / 24, (1, 24)),
        np.tile(boxes[:, None, :2], (1, 15, 1)),
        np.ones((count, 15), dtype=np.float32),
    )


def wait(device: str) -> None:
    """Wait for a GPU, whose calls return early."""
    if device.startswith('cuda'):
        torch.cuda.synchronize()


class Runs:
    """The timed functions.

    Args:
        inferencer (TubeInferencer): Its model is used for all.
        frames (np.ndarray): Frames of a clip.
        device (str): Device of the model.

    Shape:
        - frames: (T, height, width, 3), uint8, RGB.
    """

    def __init__(
        self, inferencer: TubeInferencer, frames: np.ndarray, device: str
    ) -> None:
        self.inferencer, self.frames = inferencer, frames
        self.model, self.device = inferencer.model, device
        for frame in frames:
            inferencer.detect(frame)
        self.linker = OnlineLinker()
        self.actors = make_actors(inferencer.model.test_cfg['max_per_frame'])
        self.inputs = [
            inferencer.pipeline(frame, number)['inputs']
            for number, frame in enumerate(frames, 1)
        ]
        with torch.no_grad():
            self.frame = self._normalise(self.inputs[:1])
            self.feats = self.model.extract_frames(self.frame)
            self.mixed, self.clips = self.model.mix_frames(
                [inferencer.ring.clip()], len(frames)
            )
        # The newest frame of the stream is the last one of the clip.
        ring: Any = inferencer.state.bank_ring
        self.window: Optional[BankWindow] = None if ring is None else ring.window()

    def _normalise(self, inputs: List[Tensor]) -> Tensor:
        """Frames (F, 3, h, w) as the network takes them."""
        data = self.model.data_preprocessor(
            dict(inputs=[torch.cat(inputs, 1)], data_samples=[])
        )
        return data['inputs'][0].transpose(0, 1)

    def one_frame(self) -> None:
        """A frame of a stream, with linking."""
        self.inferencer.detect(self.frames[0])
        self.link()

    def link(self) -> None:
        """Linking of many actors that do not move."""
        self.linker.update(self.linker.newest + 1, self.actors)

    def whole_clip(self, first: int) -> None:
        """Test step of `Point3D` on the clip.

        Args:
            first (int): The clip answers for the frames from this position.
        """
        sample = self.inferencer.pipeline(self.frames[0], 1)['data_samples']
        count = len(self.inputs)
        sample.set_metainfo(
            dict(frame_inds=np.arange(1, count + 1), key_inds=np.arange(first, count))
        )
        if self.window is not None:
            sample.set_metainfo({KEY: self.window})
        packed = dict(inputs=torch.cat(self.inputs, 1), data_samples=sample)
        self.model.test_step(pseudo_collate([packed]))

    def parts(self) -> Dict[str, Callable[[], Any]]:
        """Functions of the parts of a frame of a stream, by name."""
        model, ring = self.model, self.inferencer.ring
        found: Dict[str, Callable[[], Any]] = {
            'preparation': lambda: self._normalise(
                [self.inferencer.pipeline(self.frames[0], 1)['inputs']]
            ),
            '2D network': lambda: model.extract_frames(self.frame),
            'attention': lambda: model.mix_frames([ring.clip()], ring.clip_len),
        }
        feats = self.feats
        if model.point_input == 'twa':
            feats = [each[-1:] for each in self.mixed]
        found['point head'] = lambda: model.point_head.predict_by_feat(
            model.point_head.forward_last(feats), model.test_cfg['max_per_frame']
        )
        bank = model.bank
        if bank is not None and self.window is not None:
            feature, size = self.feats[-1], bank.num_centers
            rows, present = self.window.rows[None], self.window.present[None]
            found['rows of the bank'] = lambda: model.bank_rows(feature, size)
            found['attention to the bank'] = lambda: bank(self.clips, rows, present)
        if model.clip_backbone is not None:
            found['3D network'] = lambda: model.extract_clips(self.clips)
        found['linking'] = self.link
        return found

    def all(self) -> Dict[str, Callable[[], None]]:
        """All functions; each waits for the device."""

        def waiting(function: Callable[[], Any]) -> Callable[[], None]:

            def run() -> None:
                with torch.no_grad():
                    function()
                wait(self.device)

            return run

        last = len(self.frames) - 1
        functions = {
            WHOLE: lambda: self.whole_clip(0),
            'whole clip, last frame': lambda: self.whole_clip(last),
            'one more frame': self.one_frame,
            **self.parts(),
        }
        return {name: waiting(each) for name, each in functions.items()}


def resident_bytes() -> int:
    """Memory of the process.

    Raises:
        OSError: If the system is not Linux.
    """
    with open('/proc/self/statm', encoding='ascii') as file:
        return int(file.read().split()[1]) * os.sysconf('SC_PAGE_SIZE')


def watch_memory(
    inferencer: TubeInferencer, frames: np.ndarray, count: int
) -> List[int]:
    """Push frames and read the memory of the process after each.

    Args:
        inferencer (TubeInferencer): Its linker is replaced.
        frames (np.ndarray): Frames of a clip, used in turns.
        count (int): Number of frames after the warm-up.

    Shape:
        - frames: (T, height, width, 3), uint8, RGB.

    Returns:
        list[int]: `count` numbers of bytes.
    """
    # Low scores link all boxes of noise; tubes reach their largest size in
    # the warm-up.
    inferencer.finish()
    inferencer.linker = OnlineLinker(
        LinkOptions(start_score=0, keep_score=0, max_rows=_WARM_UP)
    )
    held = []
    for number in track(range(_WARM_UP + count), 'memory'):
        inferencer.push(frames[number % len(frames)])
        if number >= _WARM_UP:
            held.append(resident_bytes())
    return held


def benchmark_stream(
    config: str,
    checkpoint: Optional[str] = None,
    size: Tuple[int, int] = (256, 256),
    clip_len: Optional[int] = None,
    repeats: int = 10,
    device: str = 'cpu',
    memory: Optional[int] = None,
) -> Dict[str, List[float]]:
    """Time a Point3D on one frame of a stream and on the whole clip; print both.

    Args:
        config (str): Config of a `Point3D`.
        checkpoint (str, optional): Its weights; random ones if None.
        size (tuple[int, int]): Width and height of the frames, before the test
            pipeline.
        clip_len (int, optional): Frames of a clip. Default: from the config.
        repeats (int): Timed rounds.
        device (str): Device of the model.
        memory (int, optional): Also push this number of frames and print the
            memory of the process.

    Returns:
        dict[str, list[float]]: Seconds of each round by function.

    Raises:
        TypeError: If the config does not build a Point3D.
        ValueError: If an option is out of range.
    """
    check_positive('benchmark_stream', width=size[0], height=size[1], repeats=repeats)
    inferencer = TubeInferencer(
        load_config(config), checkpoint, device, clip_len=clip_len
    )
    count = inferencer.ring.clip_len
    frames = make_frames(count, size)
    seconds = time_side_by_side(Runs(inferencer, frames, device).all(), repeats)
    say(
        f'device {device}, threads {torch.get_num_threads()}, torch '
        f'{torch.__version__}, clips of {count} x {size[0]} x {size[1]}, '
        f'{repeats} rounds'
    )
    say(f'| | ms | / {WHOLE} |\n| --- | ---: | ---: |')
    for name, times in seconds.items():
        say(
            f'| {name} | {1e3 * statistics.median(times):.2f} | '
            f'{ratio(seconds, name, WHOLE):.3f} |'
        )
    share = ratio(seconds, 'one more frame', WHOLE)
    goal = LONG_GOAL if count >= _LONG else GOAL
    say(
        f'one more frame costs {share:.3f} of a whole clip; the goal of at '
        f'most {goal:.3f} is {"met" if share <= goal else "missed"}'
    )
    if memory:
        held = [each / 2**20 for each in watch_memory(inferencer, frames, memory)]
        say(
            f'memory over {memory} frames: start {held[0]:.1f} MB, end '
            f'{held[-1]:.1f} MB, largest {max(held):.1f} MB'
        )
    return seconds
