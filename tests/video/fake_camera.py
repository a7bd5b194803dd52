"""A camera without hardware."""

import threading

import numpy as np


class FakeCamera:
    """Grey frames; all except the first wait for `free`."""

    def __init__(self, count):
        self.count, self.given = count, 0
        self.go = threading.Semaphore(1)
        self.released = False

    def read(self):
        self.go.acquire(timeout=0.2)
        if self.given == self.count:
            return False, None
        self.given += 1
        return True, np.full((4, 6, 3), self.given, np.uint8)

    def release(self):
        self.released = True


class Outages:
    """Opens cameras one after the other; a number of frames each, None for closed.

    Frames count on: 1, 2, ... over all cameras.
    """

    def __init__(self, *counts, fps=25.0):
        self.counts, self.fps = list(counts), fps
        self.opened = self.given = 0

    def __call__(self):
        self.opened += 1
        return _Outage(self, self.counts.pop(0) if self.counts else None)


class _Outage:
    def __init__(self, owner, count):
        self.owner, self.count = owner, count

    def isOpened(self):
        return self.count is not None

    def get(self, what):
        return self.owner.fps if what == 5 else 0.0

    def read(self):
        if not self.count:
            return False, None
        self.count -= 1
        self.owner.given += 1
        return True, np.full((4, 6, 3), self.owner.given, np.uint8)

    def release(self):
        self.count = 0
