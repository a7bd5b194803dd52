"""A detector without a network: frames of one grey level, whose results are known."""

from pathlib import Path

import numpy as np

from mmvkp.tubes.online_tubes import FrameDetections, LinkOptions
from mmvkp.tubes.streaming.network import TubeNetwork, complete
from mmvkp.tubes.streaming.row_ring import RowRing
from mmvkp.tubes.streaming.stream_state import ClipShape, Waiting
from mmvkp.video import Frame
from mmvkp.video.files import write_picture

EAGER = LinkOptions(min_length=1)


class OneActor(TubeNetwork):
    """In a frame of grey level g an actor has the box (g, 10, g + 19, 29).

    Its classes are `dark` with the score 1 - m / 100 and `bright` with m / 100, where m
    is the mean level of the clip. Frames of level 0 are empty.
    """

    def __init__(self, clip_len=3, interval=1, delay=0, rows=0):
        self.classes, self.rows, self.batches = ['dark', 'bright'], rows, []
        self.set_clips(ClipShape(clip_len, interval), delay)

    def new_bank_ring(self):
        return RowRing(self.rows) if self.rows else None

    def prepare(self, frame):
        return dict(inputs=frame.image)

    def store(self, turns, packed):
        self.batches.append([turn.frame.number for turn in turns])
        for (state, frame, dropped), each in zip(turns, packed):
            image = each['inputs']
            level = np.full((1, 1, 1), image[0, 0, 0], np.float32)
            waiting = Waiting(frame, dropped, None, image.shape[:2])
            state.add(level, waiting, f'rows of {frame.number}')

    def detect(self, due):
        found = {}
        for number, (state, waiting) in due.items():
            clip = state.clip(waiting)
            detections = self.actor(waiting.frame.image[0, 0, 0], clip.mean())
            found[number] = (
                waiting,
                complete(detections, state, waiting, clip[self.place], 1.0, 4),
            )
        return found

    def actor(self, level, mean):
        count, x = int(level > 0), float(level)
        bright = mean / 100
        return FrameDetections(
            np.float32([[x, 10, x + 19, 29]] * count).reshape(-1, 4),
            np.full(count, 0.9, np.float32),
            np.float32([[1 - bright, bright]] * count).reshape(-1, 2),
        )


def grey(level, height=40, width=120):
    """A frame of one level."""
    return np.full((height, width, 3), level, np.uint8)


def frames_of(*levels, size=(40, 120)):
    """Frames from number 1 on, 25 per second."""
    return [
        Frame(number, (number - 1) / 25, grey(level, *size))
        for number, level in enumerate(levels, 1)
    ]


def write_frames(folder, *levels, size=(40, 120)):
    """Frames as pictures 00001.png, 00002.png, ... of a folder; returns its name."""
    for number, level in enumerate(levels, 1):
        write_picture(str(Path(folder, f'{number:05}.png')), grey(level, *size))
    return str(folder)
