"""Layers that add the coordinates of points to their features."""

from typing import Optional, Tuple

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from ..checks import check_choice, check_positive
from ..recognition.fast_forward import accelerates
from ..recognition.small_batch_norm import SmallBatchNorm1d

TRANSFORMS_OF_POINTS = ('light', 'pointnet', 'embedding', 'none')
# Channels of the convolutions and of the hidden linear layers. The paper gives
# only their number, three each. With the widths of PointNet the last layer has
# 272 M parameters at C = 1024; the default is our choice.
_WIDTHS = dict(light=((64, 128, 256), (64, 16)), pointnet=((64, 128, 1024), (512, 256)))


class PointTransform(BaseModule):
    """Multiply features and coordinates by a learned matrix of each clip.

    Eq. 8 to 10: a small network computes one (C + 3) x (C + 3) matrix of each clip
    from the features and normalised coordinates of all points; the first C columns
    of the product are the new features. The paper says "the first N vectors", but
    N is the number of points. The last layer is initialised to zero and its output
    is added to the identity, so the features are unchanged at first.

    Args:
        in_channels (int): Channels C of the points.
        widths (str): `'light'` or `'pointnet'`.

    Shape:
        - seq: (N, C, L).
        - points: (N, L, 3), coordinates (t, y, x) in cells.
        - returns: (N, C, L).

    Raises:
        ValueError: In training with a batch of one clip: its norm layers need two.

    Source: "Action Keypoint Network for Efficient Video Recognition", arXiv
    2201.06304, section III-B; the network follows PointNet's T-Net (Qi et
    al., CVPR 2017).
    """

    def __init__(self, in_channels: int, widths: str = 'light') -> None:
        super().__init__()
        check_choice('AKNet', 'transform', widths, tuple(_WIDTHS))
        check_positive('AKNet', in_channels=in_channels)
        self.in_channels = in_channels
        size = in_channels + 3
        conv_channels, fc_channels = _WIDTHS[widths]
        convs, channels = [], size
        for out in conv_channels:
            convs += [
                nn.Conv1d(channels, out, 1),
                SmallBatchNorm1d(out),
                nn.ReLU(inplace=True),
            ]
            channels = out
        self.convs = nn.Sequential(*convs)
        fcs = []
        for out in fc_channels:
            fcs += [
                nn.Linear(channels, out),
                SmallBatchNorm1d(out),
                nn.ReLU(inplace=True),
            ]
            channels = out
        self.fcs = nn.Sequential(*fcs)
        self.matrix = nn.Linear(channels, size * size)
        nn.init.zeros_(self.matrix.weight)
        nn.init.zeros_(self.matrix.bias)

    def forward(self, seq: Tensor, points: Tensor) -> Tensor:
        """Transform the points; see the class for the shapes."""
        if seq.shape[0] == 1 and any(
            isinstance(each, nn.BatchNorm1d) and each.training for each in self.fcs
        ):
            raise ValueError(
                'AKNet: the transform normalises over the clips of a batch and got '
                'one clip in training; use a batch_size of at least 2 per '
                "process, or transform='none'."
            )
        where = normalize_points(points).to(seq.dtype).transpose(1, 2)
        both = torch.cat((seq, where), 1)
        matrix = self.matrix_of(both)
        # MACs are counted on the meta device.
        to_onnx = torch.onnx.is_in_onnx_export() and both.device.type != 'meta'
        if to_onnx and matrix.dtype == torch.float32:
            return _plus_identity(matrix)[:, : self.in_channels] @ both
        moved = matrix @ both.to(matrix.dtype)
        # The identity is added to the product, not to the matrix.
        return seq + moved[:, : self.in_channels]

    def matrix_of(self, both: Tensor) -> Tensor:
        """Compute the matrix of each clip, without the identity.

        Shape:
            - both: (N, C + 3, L), features and coordinates.
            - returns: (N, C + 3, C + 3).
        """
        size = both.shape[1]
        matrix = self.matrix(self.fcs(self.convs(both).amax(2)))
        return matrix.view(-1, size, size).transpose(1, 2)


@accelerates(PointTransform)
def _transform(module: PointTransform, seq: Tensor, points: Tensor) -> Tensor:
    rows, matrix = rows_and_matrix(module, seq, points)
    return (rows @ matrix).transpose(1, 2)


def rows_and_matrix(
    module: PointTransform, seq: Tensor, points: Tensor
) -> Tuple[Tensor, Tensor]:
    """The transform as a product of two matrices, for inference.

    Args:
        module (PointTransform): The transform.
        seq (Tensor): Features.
        points (Tensor): Points.

    Shape:
        - seq: (N, C, L).
        - points: (N, L, 3).
        - returns: (N, L, C + 3) and (N, C + 3, C).
    """
    # A point is contiguous in memory, as in the map that it is taken from.
    rows = torch.cat((seq.transpose(1, 2), normalize_points(points)), 2)
    matrix = module.matrix_of(rows.transpose(1, 2)).transpose(1, 2)
    return rows, _plus_identity(matrix)[..., : module.in_channels]


def _plus_identity(matrix: Tensor) -> Tensor:
    """Add the identity to the matrix, which is smaller than the product.

    In single precision this is exact enough.

    Shape:
        - matrix: (N, C + 3, C + 3).
        - returns: as `matrix`.
    """
    return matrix + torch.eye(matrix.shape[1], device=matrix.device)


class PointEmbedding(BaseModule):
    """Add learned embeddings of the frame, the row and the column of a point.

    The baseline of Table V, "as in transformers"; the paper gives no details.
    Initialised to zero.

    Args:
        in_channels (int): Channels C of the points.
        num_segments (int): Frames T.
        max_cells (int): Maximum number of rows and columns of a map.

    Shape:
        - seq: (N, C, L).
        - points: (N, L, 3), coordinates (t, y, x) in cells.
        - returns: (N, C, L).

    Raises:
        IndexError: If a point is outside `max_cells`; see `check_map`.
    """

    def __init__(
        self, in_channels: int, num_segments: int, max_cells: int = 64
    ) -> None:
        super().__init__()
        check_positive(
            'AKNet',
            in_channels=in_channels,
            num_segments=num_segments,
            max_cells=max_cells,
        )
        self.sizes = (num_segments, max_cells, max_cells)
        tables = [nn.Embedding(size, in_channels) for size in self.sizes]
        for table in tables:
            nn.init.zeros_(table.weight)
        self.tables = nn.ModuleList(tables)

    def check_map(self, height: int, width: int) -> None:
        """Refuse a map that is larger than the embedding.

        Args:
            height (int): Rows of the map.
            width (int): Columns.

        Raises:
            ValueError: If one is larger than `max_cells`.
        """
        if max(height, width) > self.sizes[1]:
            raise ValueError(
                f'AKNet: the map has {height} x {width} cells, but the embedding has '
                f'the size {self.sizes}; use smaller frames or a later select_stage.'
            )

    def forward(self, seq: Tensor, points: Tensor) -> Tensor:
        """Add the embedding; see the class for the shapes."""
        added = sum(table(points[..., axis]) for axis, table in enumerate(self.tables))
        return seq + added.transpose(1, 2)


def build_transform(
    kind: str, in_channels: int, num_segments: int
) -> Optional[BaseModule]:
    """Build the module for the argument `transform` of `AKNet`.

    Args:
        kind (str): One of `TRANSFORMS_OF_POINTS`.
        in_channels (int): Channels of the points.
        num_segments (int): Frames T.

    Returns:
        BaseModule or None: None for `'none'`.

    Raises:
        ValueError: If `kind` is unknown.
    """
    check_choice('AKNet', 'transform', kind, TRANSFORMS_OF_POINTS)
    if kind == 'none':
        return None
    if kind == 'embedding':
        return PointEmbedding(in_channels, num_segments)
    return PointTransform(in_channels, kind)


def normalize_points(points: Tensor) -> Tensor:
    """Center coordinates and scale the largest distance to 1 (Eq. 8).

    Args:
        points (Tensor): Coordinates (t, y, x) in cells.

    Shape:
        - points: (N, L, 3).
        - returns: (N, L, 3) float32, columns (x, y, t); zeros if all points
          coincide.
    """
    where = points.flip(-1).float()
    where = where - where.mean(1, keepdim=True)
    # Distances to the centroid are zero or larger than the limit.
    farthest = where.square().sum(-1).amax(1).clamp(min=1e-6).sqrt()
    return where / farthest[:, None, None]
