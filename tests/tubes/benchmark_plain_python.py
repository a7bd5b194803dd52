"""Time of the evaluation beside its plain Python twin, in turns.

Usage::

    python tests/evaluation/functional/benchmark_plain_python.py

evaluates the recorded cases at ten overlaps for boxes and ten for tubes and
prints, for each case, how many times as long plain Python takes.
"""

import statistics
import time

from mmvkp.tubes.options import expand_thresholds

from .test_evaluation import NAMES, evaluate, load_case, naive_ap

ROUNDS = 5


def seconds(function) -> float:
    """CPU time of a call."""
    begin = time.process_time()
    function()
    return time.process_time() - begin


def main() -> None:
    """Time all cases."""
    (levels,) = expand_thresholds('levels', ['0.5:0.95'])
    sums = [0.0, 0.0]
    for name in NAMES:
        inputs, _, found, truths = load_case(name)
        videos = [
            (found[video], truths[video], inputs['nframes'][video]) for video in found
        ]
        both = [
            (lambda: naive_ap(videos, 3, levels)),
            (
                lambda: evaluate(
                    videos, 3, frame_iou_thrs=['0.5:0.95'], video_iou_thrs=['0.5:0.95']
                )
            ),
        ]
        times = [[seconds(each) for each in both] for _ in range(ROUNDS)]
        slow, fast = (statistics.median(each) for each in zip(*times))
        sums = [sums[0] + slow, sums[1] + fast]
        print(f'{name}: {slow:.3f} s / {fast:.3f} s = {slow / fast:.1f}')
    print(f'all: {sums[0] / sums[1]:.1f}')


if __name__ == '__main__':
    main()
