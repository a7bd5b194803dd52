"""Accuracy on pairs of classes that are time reversals of each other."""

from typing import Any, Dict, List, Optional, Sequence, Tuple

import torch
from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric

from ..checks import check_integer, check_sequence, check_text
from .classes import order_blind_ceiling


@METRICS.register_module()
class PairAccMetric(BaseMetric):
    """Accuracy of the reversal pair, regardless of frame order.

    Together with top-1 accuracy it separates two errors: confusing different
    actions, and confusing an action with its time reversal. The second value is the
    order-blind ceiling of the tested labels: the best top-1 accuracy of a classifier
    that ignores frame order.

    Args:
        pairs (Sequence[tuple[int, int]], optional): Labels that are reversals of each
            other. A label without a pair is a group of its own. None pairs 0 with 1,
            2 with 3 and so on.
        collect_device (str): `'cpu'` or `'gpu'`, as in MMEngine.
        prefix (str, optional): Prefix of the metric names.

    Raises:
        TypeError: If an argument has another type.
        ValueError: If a label is in more than one pair.

    Results: `pair/acc` and `pair/order_blind_ceiling`, both in [0, 1].
    """

    default_prefix = 'pair'

    def __init__(
        self,
        pairs: Optional[Sequence[Tuple[int, int]]] = None,
        collect_device: str = 'cpu',
        prefix: Optional[str] = None,
    ) -> None:
        check_text('PairAccMetric', prefix=prefix)
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.partner: Optional[Dict[int, int]] = None
        if pairs is not None:
            check_sequence('PairAccMetric', 'pairs', pairs)
            for pair in pairs:
                check_sequence('PairAccMetric', 'pairs', pair, 2)
                for label in pair:
                    check_integer('PairAccMetric', pairs=label)
            labels = [label for pair in pairs for label in pair]
            twice = sorted({x for x in labels if labels.count(x) > 1})
            if twice:
                raise ValueError(
                    f'PairAccMetric: pairs={list(pairs)} names {twice} more '
                    'than once; a class has one reversal.'
                )
            self.partner = dict(pairs)
            self.partner.update({b: a for a, b in pairs})

    def partner_of(self, label: int) -> int:
        """Reversal of a label, or the label itself."""
        if self.partner is None:
            return label ^ 1
        return self.partner.get(label, label)

    def pair_of(self, label: int) -> int:
        """Smaller label of the pair of a label."""
        return min(label, self.partner_of(label))

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Collect predicted and true labels; see `BaseMetric`."""
        for sample in data_samples:
            score = torch.as_tensor(sample['pred_score'])
            self.results.append((int(score.argmax()), int(sample['gt_label'].item())))

    def compute_metrics(self, results: List[Tuple[int, int]]) -> dict:
        """Compute both values; see `BaseMetric`."""
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
