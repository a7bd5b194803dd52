"""Computed frames and MACs of an AFNet in a test."""

from typing import Any, List, Optional, Sequence, Tuple

import torch
from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric

from ..checks import check_text


@METRICS.register_module()
class ComputeCostMetric(BaseMetric):
    """Share of frames kept per focal block, and MACs spent per video.

    MACs are fixed + sum_n focal_n * r_n, where r_n is the share of frames that block
    n computes of the video; convolutions, linear layers and matrix products count,
    including the head. Masks and MACs come from `SelectionRecordHook`, which must be
    one of the `custom_hooks`.

    With selection of regions (`spatial_cfg`), r_n is the number of selected regions
    in kept frames, divided by the regions of all frames. The paper counts in this
    way, but skipped regions save no time: they are multiplied by zero.

    Args:
        collect_device (str): `'cpu'` or `'gpu'`, as in MMEngine.
        prefix (str, optional): Prefix of the metric names.

    `compute` returns means over the videos: `cost/kept` of all blocks and
    `cost/kept_{n}` of block n, from 0, in [0, 1]; `cost/GMACs` per video and
    `cost/GMACs_all` if every frame were computed, in 10^9 MACs.

    Raises:
        KeyError: If `SelectionRecordHook` is missing.
        TypeError: If `prefix` is not a text.
    """

    default_prefix = 'cost'

    def __init__(
        self, collect_device: str = 'cpu', prefix: Optional[str] = None
    ) -> None:
        check_text('ComputeCostMetric', prefix=prefix)
        super().__init__(collect_device, prefix)

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Collect the shares of each video; see `BaseMetric`."""
        for sample in data_samples:
            if 'frame_selection' not in sample:
                raise KeyError(
                    'ComputeCostMetric: the results have no '
                    "'frame_selection'; add dict(type="
                    "'SelectionRecordHook') to custom_hooks of the config."
                )
            kept = torch.as_tensor(sample['frame_selection']).ne(0).float()
            if 'region_selection' in sample:
                regions = torch.as_tensor(sample['region_selection'])
                kept = kept * regions.float().mean((-2, -1))
            shares = kept.mean(0)
            cost = sample['selection_macs']
            focal = torch.tensor(cost['focal'], dtype=torch.float64)
            spent = focal @ shares.double() if cost['skips'] else focal.sum()
            self.results.append(
                (
                    shares.tolist(),
                    cost['fixed'] + spent.item(),
                    cost['fixed'] + focal.sum().item(),
                )
            )

    def compute_metrics(self, results: List[Tuple[List[float], float, float]]) -> dict:
        """Average over the videos; see `BaseMetric`."""
        shares = torch.tensor([each[0] for each in results]).mean(0).tolist()
        number = len(results)
        return dict(
            kept=sum(shares) / len(shares),
            **{f'kept_{n}': share for n, share in enumerate(shares)},
            GMACs=sum(each[1] for each in results) / number / 1e9,
            GMACs_all=sum(each[2] for each in results) / number / 1e9,
        )
