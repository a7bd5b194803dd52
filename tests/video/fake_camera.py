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
