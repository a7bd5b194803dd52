"""Recognizers as graphs of one input, with the selections of the methods."""

from contextlib import contextmanager
from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple

import torch
from torch import Tensor, nn

from ..afnet.base import AFBackbone
from ..aknet.selector import ActionKeypointSelector
from ..kpsem.neck import KPSEM


@contextmanager
def recorded(
    model: nn.Module, frames: int, given: Optional[Mapping[str, Tensor]] = None
) -> Iterator[Dict[str, Tensor]]:
    """Record the selections of the methods in a forward pass.

    Args:
        model (nn.Module): Recognizer.
        frames (int): Frames T of a view.
        given (Mapping[str, Tensor], optional): `points` and `key_points` that replace
            the model's own.

    Yields:
        dict[str, Tensor]: Filled by the pass, see `RecognizerGraph`.
    """
    seen: Dict[str, Tensor] = {}
    given = given or {}
    handles = []

    def keypoints(module: Any, inputs: Any, found: Any) -> None:
        seen.update(points=found.points, heatmap=found.heatmap)

    def masks(module: Any, inputs: Any, found: Any) -> None:
        seen['masks'] = found[-1].unflatten(0, (-1, frames))

    replaced: List[Tuple[Any, str]] = []
    for module in model.modules():
        own = vars(module)
        if isinstance(module, ActionKeypointSelector):
            handles.append(module.register_forward_hook(keypoints))
            if 'points' in given:
                own['select'] = _select_given(given['points'])
                replaced.append((module, 'select'))
        elif isinstance(module, AFBackbone):
            handles.append(module.register_forward_hook(masks))
        elif isinstance(module, KPSEM):
            own['extract'] = _recording_extract(module, seen, given.get('key_points'))
            replaced.append((module, 'extract'))
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()
        for module, name in replaced:
            vars(module).pop(name)


def _select_given(points: Tensor) -> Any:
    """`ActionKeypointSelector.select` that returns given cells."""

    def select(heatmap: Tensor) -> Tensor:
        _, _, height, width = heatmap.shape
        frame, row, column = points.unbind(-1)
        return (frame * height + row) * width + column

    return select


def _recording_extract(
    neck: KPSEM, seen: Dict[str, Tensor], points: Optional[Tensor]
) -> Any:
    """`KPSEM.extract` that records its map and points."""

    def extract(x: Tensor) -> Any:
        found = type(neck).extract(neck, x, points)
        seen['key_points'] = found.points.to(torch.int32)
        seen['_map'] = x
        return found

    return extract


class RecognizerGraph(nn.Module):
    """A recognizer as a function of normalised frames.

    Outputs: `logits` (N, num_classes); of AK-Net `points` (N, L, 3) int64 (t, y, x) in
    cells and `heatmap` (N, T, H', W'); of AFNet `masks` (N, T, M), 0 or 1; of KPSEM
    `key_points` (N, C, T, G, K, 2) int32 (x, y) in cells. Cells are counted from 0.

    Args:
        model (nn.Module): Recognizer in eval mode.
        description (dict): Result of `describe_pipeline`.
        dtype (torch.dtype): Type of the weights of the model.

    Shape:
        - x: (N, T, C, H, W), or (N, C, T, H, W) for `layout='NCTHW'`, float32. N views
          of one or several videos.
        - returns: see above, float32.
    """

    def __init__(
        self,
        model: nn.Module,
        description: Dict[str, Any],
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self.model = model
        self.frames = description['frames']
        self.is_2d = description['layout'] == 'NTCHW'
        self.dtype = dtype

    def named_outputs(
        self, x: Tensor, given: Optional[Mapping[str, Tensor]] = None
    ) -> Dict[str, Tensor]:
        """Outputs by name, with the map of `key_points` as `_map`.

        Args:
            x (Tensor): Views.
            given (Mapping[str, Tensor], optional): Outputs of another implementation,
                whose points replace the model's own.

        Shape:
            - x, given: see the class.
        """
        x = x.to(self.dtype)
        model: Any = self.model
        with recorded(self.model, self.frames, given) as seen:
            found = model.extract_feat(x if self.is_2d else x[:, None], stage='head')
        return {
            name: each.float() if each.is_floating_point() else each
            for name, each in dict(logits=found[0], **seen).items()
        }

    def forward(self, x: Tensor) -> Tuple[Tensor, ...]:
        """Outputs without `_map`, in order; shapes as for the class."""
        found = self.named_outputs(x)
        return tuple(each for name, each in found.items() if name != '_map')
