"""Features of frames for the bank, and the identity of the network that made them."""

import hashlib
from typing import Iterable

import torch
from torch import Tensor, nn

from ..peaks import find_peaks, values_at


def frame_rows(feature: Tensor, heatmap: Tensor, num_centers: int) -> Tensor:
    """Features of each frame: the mean of its map, and those at the best centres.

    Args:
        feature (Tensor): Maps of frames.
        heatmap (Tensor): Logits of the centres.
        num_centers (int): k, the best local maxima; see `find_peaks`.

    Shape:
        - feature: (F, C, h, w).
        - heatmap: (F, classes, h, w).
        - returns: (F, 1 + k, C) float16, the mean first, then the centres, best
          first.

    Raises:
        ValueError: If the maps have fewer cells than k, or a feature is not finite in
            half precision.
    """
    if heatmap[0].numel() < num_centers:
        raise ValueError(
            f'frame_rows: num_centers={num_centers}, but the heatmap of a frame has '
            f'{heatmap[0].numel()} values; reduce num_centers.'
        )
    mean = feature.float().mean((2, 3))
    centers = values_at(feature, find_peaks(heatmap, num_centers).cells)
    rows = torch.cat((mean[:, None], centers), 1).half()
    if not rows.isfinite().all():
        raise ValueError(
            'frame_rows: features of a frame are not finite in half precision (up to '
            '65504); check the weights.'
        )
    return rows


def network_digest(parts: Iterable[nn.Module]) -> str:
    """Identity of networks: SHA-256 of their weights and buffers.

    Args:
        parts (Iterable[nn.Module]): Networks in a fixed order.

    Returns:
        str: 64 hexadecimal digits. The device of the weights has no influence.
    """
    found = hashlib.sha256()
    for part in parts:
        for name, value in (*part.named_parameters(), *part.named_buffers()):
            if name.endswith('num_batches_tracked'):
                continue  # has no influence on the features
            array = value.detach().cpu().contiguous().numpy()
            found.update(f'{name} {array.dtype} {array.shape}'.encode())
            found.update(array.tobytes())
    return found.hexdigest()
