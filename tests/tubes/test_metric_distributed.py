"""TubeMetric in two processes."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
import torch

from mmvkp.tubes.metric import TubeMetric

from .test_metric import sample_of, still, still_samples

__all__ = ['still']  # a fixture


class CountingMetric(TubeMetric):
    """Remembers how many samples were gathered."""

    def compute_metrics(self, results):
        values = super().compute_metrics(results)
        return {**values, 'samples': len(results)}


def run_rank(rank, folder):
    """One of two processes; each gets every other sample, and one of them the
    first one again, as MMEngine's sampler has it."""
    from mmengine.dataset import DefaultSampler

    torch.distributed.init_process_group(
        'gloo',
        init_method=f'file://{folder}/rendezvous',
        rank=rank,
        world_size=2,
        timeout=timedelta(seconds=200),
    )
    try:
        # The last two frames are wrong, so that an order or number of samples
        # other than the true one shows.
        samples = still_samples(scores=[0.9], labels=[0])[:17] + [
            sample_of('a', [frame], [[200.0, 0, 209, 9]], scores=[0.95], labels=[0])
            for frame in (18, 19)
        ]
        metric = CountingMetric(f'{folder}/gt.json', linker=dict(min_length=2))
        order = list(DefaultSampler(samples, shuffle=False))
        assert len(order) == 10
        for number in order:
            metric.process(None, [samples[number]])
        values = metric.evaluate(len(samples))
        Path(folder, f'rank{rank}.json').write_text(json.dumps(values))
    finally:
        torch.distributed.destroy_process_group()


def test_two_processes(still, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # MMEngine makes a folder there
    other = torch.multiprocessing.get_context('spawn').Process(
        target=run_rank, args=(1, str(tmp_path))
    )
    other.start()
    try:
        run_rank(0, str(tmp_path))
    finally:
        other.join()
    assert other.exitcode == 0
    values = [
        json.loads((tmp_path / f'rank{rank}.json').read_text()) for rank in range(2)
    ]
    assert values[0] == values[1]
    assert values[0]['stad/samples'] == 19
    # 17 hits after 2 misses, of 20 truths.
    frame = sum((k / (2 + k) + (k - 1) / (1 + k)) / 2 for k in range(1, 18))
    assert values[0]['stad/frame_mAP@0.5'] == pytest.approx(100 * frame / 20)
    # A wrong tube before the right one, which has 17 of 20 frames.
    assert values[0]['stad/video_mAP@0.75'] == pytest.approx(25)
