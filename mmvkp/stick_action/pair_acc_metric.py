"""Accuracy on classes that are each other's time reversal."""

from typing import Any, Dict, List, Optional, Sequence, Tuple

import torch
from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric

from .actions import order_blind_ceiling


@METRICS.register_module()
class PairAccMetric(BaseMetric):
    """How often the right pair of classes is found, order ignored.

    Beside top-1 accuracy this separates two errors: taking one action for
    another, and taking an action for its own time reversal. With it comes
    the order-blind ceiling of the tested labels, the best top-1 accuracy of
    a classifier that cannot see the order of frames.

    Args:
        pairs (Sequence[tuple[int, int]], optional): Labels that are each
            other's reversal. Labels in no pair stand for themselves. None
            pairs 0 with 1, 2 with 3 and so on.
        collect_device (str): ``'cpu'`` or ``'gpu'``, as in MMEngine.
        prefix (str, optional): Prefix of the metric names.

    Raises:
        ValueError: If a label is in more than one pair.

    Returned by ``compute``: ``pair/acc`` and ``pair/order_blind_ceiling``,
    both in [0, 1].
    """

    default_prefix = 'pair'

    def __init__(
        self,
        pairs: Optional[Sequence[Tuple[int, int]]] = None,
        collect_device: str = 'cpu',
        prefix: Optional[str] = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.partner: Optional[Dict[int, int]] = None
        if pairs is not None:
            labels = [label for pair in pairs for label in pair]
            twice = sorted({x for x in labels if labels.count(x) > 1})
            if twice:
                raise ValueError(
                    f'PairAccMetric: pairs={list(pairs)} names {twice} more '
                    'than once; a class has one reversal.'
                )
            self.partner = {a: b for a, b in pairs}
            self.partner.update({b: a for a, b in pairs})

    def partner_of(self, label: int) -> int:
        """Reversal of a label, the label itself if it has none."""
        if self.partner is None:
            return label ^ 1
        return self.partner.get(label, label)

    def pair_of(self, label: int) -> int:
        """Smaller label of the pair that a label is in."""
        return min(label, self.partner_of(label))

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Collect predicted and true label; see `BaseMetric`."""
        for sample in data_samples:
            score = torch.as_tensor(sample['pred_score'])
            self.results.append((int(score.argmax()), int(sample['gt_label'].item())))

    def compute_metrics(self, results: List[Tuple[int, int]]) -> dict:
        """Compare pairs; see `BaseMetric`."""
        right = sum(
            self.pair_of(guess) == self.pair_of(label) for guess, label in results
        )
        labels = [label for _, label in results]
        present = {self.pair_of(label) for label in labels}
        pairs = [
            (low, self.partner_of(low))
            for low in sorted(present)
            if self.partner_of(low) != low
        ]
        return dict(
            acc=right / len(results),
            order_blind_ceiling=order_blind_ceiling(labels, pairs),
        )
