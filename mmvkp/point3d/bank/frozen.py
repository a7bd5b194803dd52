"""Network of the frames in pass two: not trained, and known by its weights."""

from typing import Optional, Sequence, Tuple

from torch import nn

from .rows import network_digest
from .store import COMMAND
from .window import BankWindow


class FrozenNetwork:
    """Networks that made a bank.

    Args:
        parts (Sequence[nn.Module]): Networks in a fixed order.
    """

    def __init__(self, parts: Sequence[nn.Module]) -> None:
        self.parts = parts
        self._known: Optional[Tuple[tuple, str]] = None

    def freeze(self) -> None:
        """Stop training, and the changes of statistics of norm layers."""
        for part in self.parts:
            part.eval()
            part.requires_grad_(False)

    def digest(self) -> str:
        """`network_digest`; computed again after a change of the weights."""
        state = tuple(
            (value.data_ptr(), value._version)
            for part in self.parts
            for value in (*part.parameters(), *part.buffers())
        )
        if self._known is None or self._known[0] != state:
            self._known = (state, network_digest(self.parts))
        return self._known[1]

    def check_windows(self, windows: Sequence[BankWindow]) -> None:
        """Refuse rows that another network made.

        Args:
            windows (Sequence[BankWindow]): Windows of a batch; windows of a stream have
                no `network`.

        Raises:
            ValueError: If a digest differs.
        """
        for window in windows:
            if window.network is not None and window.network != self.digest():
                raise ValueError(
                    f'Point3D: the feature bank {window.source} was made by network '
                    f'{window.network[:12]}, but backbone, neck and point_head of '
                    f'this model are network {self.digest()[:12]}. Load the checkpoint '
                    'of the first pass (load_from), or write a bank with this one: '
                    f'{COMMAND} FOLDER.'
                )
