r"""Time of one more frame of a stream against that of a whole clip.

Usage::

    python tools/analysis_tools/benchmark_streaming.py CONFIG \
        [--checkpoint CHECKPOINT] [--device cuda] [--size 256 256]
        [--clip-len 16] [--memory 2000]

times the same Point3D in turns on one frame, whose predecessors' features are
kept, and on the whole clip that ends with it, and the parts of the former. A
whole clip answers for all of its frames, as in tests of windows side by side,
or for the last one alone, which is just what the stream says. The goal is a
sixth of the former. With ``--memory N`` it also pushes N frames and prints the
memory of the process, which must stay the same.
"""

import argparse
import os
import statistics
import sys
from typing import Any, Callable, Dict, List, Optional, Sequence

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.utils import ProgressBar
from torch import Tensor

from ...console import say
from ...recognition.loading import load_config
from ...recognition.side_by_side import ratio, time_side_by_side
from ...tubes.online_linker import OnlineLinker
from ...tubes.online_tubes import FrameDetections, LinkOptions
from .inferencer import TubeInferencer

GOAL = 1 / 6
WHOLE = 'whole clip'
# Frames after which all buffers are there.
_WARM_UP = 50


def parse_args(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('config', help='config of a Point3D')
    parser.add_argument('--checkpoint', help='random weights without it')
    parser.add_argument(
        '--size',
        type=int,
        nargs=2,
        default=(256, 256),
        metavar=('WIDTH', 'HEIGHT'),
        help='of the frames, before the test pipeline (default: 256 256)',
    )
    parser.add_argument(
        '--clip-len',
        type=int,
        metavar='T',
        help="frames of a clip (default: the config's)",
    )
    parser.add_argument('--repeats', type=int, default=10)
    parser.add_argument('--threads', type=int, help='threads of torch')
    parser.add_argument(
        '--device', default='cuda' if torch.cuda.is_available() else 'cpu'
    )
    parser.add_argument(
        '--memory',
        type=int,
        metavar='N',
        help='push N frames and print the memory of the process',
    )
    args = parser.parse_args(argv)
    for name in ('clip_len', 'repeats', 'threads', 'memory'):
        value = getattr(args, name)
        if value is not None and value <= 0:
            parser.error(f'--{name.replace("_", "-")} {value} must be positive.')
    if min(args.size) <= 0:
        parser.error(f'--size {list(args.size)} must be positive.')
    return args


def make_frames(count: int, size: Sequence[int]) -> np.ndarray:
    """Noise as frames.

    Shape:
        - returns: (count, height, width, 3), uint8.
    """
    shape = (count, size[1], size[0], 3)
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def stand_still(count: int) -> FrameDetections:
    """People side by side, with 15 joints each.

    Returns:
        FrameDetections: ``count`` boxes.
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
    """Wait for a GPU, whose calls return before they are done."""
    if device.startswith('cuda'):
        torch.cuda.synchronize()


class Runs:
    """What is timed.

    Args:
        inferencer (TubeInferencer): Its model is used for all.
        frames (np.ndarray): (T, height, width, 3) of a clip.
        device (str): Where the model is.
    """

    def __init__(
        self, inferencer: TubeInferencer, frames: np.ndarray, device: str
    ) -> None:
        self.inferencer, self.frames = inferencer, frames
        self.model, self.device = inferencer.model, device
        for frame in frames:
            inferencer.detect(frame)
        self.linker = OnlineLinker()
        self.actors = stand_still(inferencer.model.test_cfg['max_per_frame'])
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
        """Linking of many actors, who stand still."""
        self.linker.update(self.linker.newest + 1, self.actors)

    def whole_clip(self, first: int) -> None:
        """What `Point3D` does with the clip in a test.

        Args:
            first (int): The clip answers for the frames from this position.
        """
        sample = self.inferencer.pipeline(self.frames[0], 1)['data_samples']
        count = len(self.inputs)
        sample.set_metainfo(
            dict(frame_inds=np.arange(1, count + 1), key_inds=np.arange(first, count))
        )
        packed = dict(inputs=torch.cat(self.inputs, 1), data_samples=sample)
        self.model.test_step(pseudo_collate([packed]))

    def parts(self) -> Dict[str, Callable[[], Any]]:
        """Functions of the parts of a frame of a stream, by name."""
        model, ring = self.model, self.inferencer.ring
        found = {
            'preparation': lambda: self._normalise(
                [self.inferencer.pipeline(self.frames[0], 1)['inputs']]),
            '2D network': lambda: model.extract_frames(self.frame),
            'attention': lambda: model.mix_frames([ring.clip()], ring.clip_len)
        }  # yapf: disable
        feats = self.feats
        if model.point_input == 'twa':
            feats = [each[-1:] for each in self.mixed]
        found['Point Head'] = lambda: model.point_head.predict_by_feat(
            model.point_head.forward_last(feats)
        )
        if model.clip_backbone is not None:
            found['3D network'] = lambda: model.clip_backbone(self.clips)
        found['linking'] = self.link
        return found

    def all(self) -> Dict[str, Callable[[], None]]:
        """Everything, each waiting for the device."""

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
    """Memory that the process holds now.

    Raises:
        OSError: If the system does not tell, as others than Linux.
    """
    with open('/proc/self/statm', encoding='ascii') as file:
        return int(file.read().split()[1]) * os.sysconf('SC_PAGE_SIZE')


def watch_memory(
    inferencer: TubeInferencer, frames: np.ndarray, count: int
) -> List[int]:
    """Push frames and look at the memory behind each.

    Returns:
        list[int]: ``count`` numbers of bytes.
    """
    # All boxes of noise are linked, wherever they are; tubes reach their
    # largest size in the warm-up.
    inferencer.finish()
    inferencer.linker = OnlineLinker(
        LinkOptions(start_score=0, keep_score=0, max_rows=_WARM_UP)
    )
    held, bar = [], ProgressBar(count)
    for number in range(_WARM_UP + count):
        inferencer.push(frames[number % len(frames)])
        if number >= _WARM_UP:
            held.append(resident_bytes())
            bar.update()
    say('')
    return held


def benchmark(args: argparse.Namespace, config: Config) -> None:
    """Time everything and print the tables.

    Raises:
        TypeError: If the config is not that of a Point3D.
        ValueError: If something does not fit.
    """
    inferencer = TubeInferencer(
        config, args.checkpoint, args.device, clip_len=args.clip_len
    )
    count = inferencer.ring.clip_len
    frames = make_frames(count, args.size)
    seconds = time_side_by_side(
        Runs(inferencer, frames, args.device).all(), args.repeats
    )
    say(
        f'device {args.device}, threads {torch.get_num_threads()}, torch '
        f'{torch.__version__}, clips of {count} x {args.size[0]} x '
        f'{args.size[1]}, {args.repeats} rounds'
    )
    say(f'| | ms | / {WHOLE} |\n| --- | ---: | ---: |')
    for name, times in seconds.items():
        say(
            f'| {name} | {1e3 * statistics.median(times):.2f} | '
            f'{ratio(seconds, name, WHOLE):.3f} |'
        )
    share = ratio(seconds, 'one more frame', WHOLE)
    say(
        f'one more frame costs {share:.3f} of a whole clip; the goal of at '
        f'most {GOAL:.3f} is {"met" if share <= GOAL else "missed"}'
    )
    if args.memory:
        held = [each / 2**20 for each in watch_memory(inferencer, frames, args.memory)]
        say(
            f'memory over {args.memory} frames: start {held[0]:.1f} MB, end '
            f'{held[-1]:.1f} MB, largest {max(held):.1f} MB'
        )


def main(argv: Optional[Sequence[str]] = None) -> None:
    """Benchmark, or say in one line what is wrong."""
    args = parse_args(argv)
    if args.threads:
        torch.set_num_threads(args.threads)
    try:
        benchmark(args, load_config(args.config))
    except (OSError, RuntimeError, TypeError, ValueError, KeyError) as error:
        sys.exit(f'error: {error}')


if __name__ == '__main__':
    main()
