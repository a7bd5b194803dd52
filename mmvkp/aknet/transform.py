"""What a sequence of points learns from where the points are."""

from typing import Optional

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from ..checks import check_choice
from ..recognition.conv_norm import matmul
from ..recognition.fast_forward import accelerates

TRANSFORMS_OF_POINTS = ('light', 'pointnet', 'embedding', 'none')
# Channels of the convolutions and of the hidden linear layers. The paper only
# says that there are three of each. PointNet's make 272 M parameters of the
# last layer at C = 1024, so the default is chosen here.
_WIDTHS = dict(light=((64, 128, 256), (64, 16)), pointnet=((64, 128, 1024), (512, 256)))


class Multiply(nn.Module):
    """Matrix product; a module, so that it can be accelerated.

    Shape:
        - matrix: (N, C', C).
        - seq: (N, C, L).
        - returns: (N, C', L).
    """

    def forward(self, matrix: Tensor, seq: Tensor) -> Tensor:
        """Multiply; see the class for the shapes."""
        return matrix @ seq


@accelerates(Multiply)
def _multiply(module: Multiply, matrix: Tensor, seq: Tensor) -> Tensor:
    return matmul(matrix, seq)


class PointTransform(BaseModule):
    """Multiply points and coordinates by a matrix made from all of them.

    Equations 8 to 10: a small network looks at features and normalised
    coordinates of all points and gives one (C + 3) x (C + 3) matrix for the
    clip; the first C columns of the product are the new features. The paper
    says "the first N vectors", but N is the number of points. The last layer
    begins with zeros and adds to the identity, so at first the features
    pass as they are.

    Args:
        in_channels (int): Channels C of the points.
        widths (str): ``'light'`` or ``'pointnet'`` sizes of the network.

    Shape:
        - seq: (N, C, L).
        - points: (N, L, 3), coordinates (t, y, x) in cells.
        - returns: (N, C, L).

    Raises:
        ValueError: In training with a single clip: its norm layers need two.

    Source: "Action Keypoint Network for Efficient Video Recognition", arXiv
    2201.06304, section III-B; the network follows PointNet's T-Net (Qi et
    al., CVPR 2017).
    """

    def __init__(self, in_channels: int, widths: str = 'light') -> None:
        super().__init__()
        check_choice('AKNet', 'transform', widths, tuple(_WIDTHS))
        self.in_channels = in_channels
        size = in_channels + 3
        conv_channels, fc_channels = _WIDTHS[widths]
        convs, channels = [], size
        for out in conv_channels:
            convs += [
                nn.Conv1d(channels, out, 1),
                nn.BatchNorm1d(out),
                nn.ReLU(inplace=True),
            ]
            channels = out
        self.convs = nn.Sequential(*convs)
        fcs = []
        for out in fc_channels:
            fcs += [
                nn.Linear(channels, out),
                nn.BatchNorm1d(out),
                nn.ReLU(inplace=True),
            ]
            channels = out
        self.fcs = nn.Sequential(*fcs)
        self.matrix = nn.Linear(channels, size * size)
        self.multiply = Multiply()
        nn.init.zeros_(self.matrix.weight)
        nn.init.zeros_(self.matrix.bias)

    def forward(self, seq: Tensor, points: Tensor) -> Tensor:
        """Transform the points; see the class for the shapes."""
        if len(seq) == 1 and any(
            isinstance(each, nn.BatchNorm1d) and each.training for each in self.fcs
        ):
            raise ValueError(
                'AKNet: the transform has norm layers over the clips of a '
                'batch and got one clip in training; use a batch_size of at '
                "least 2 per process, or transform='none'."
            )
        where = normalize_points(points).to(seq.dtype).transpose(1, 2)
        both = torch.cat((seq, where), 1)
        size = both.shape[1]
        matrix = self.matrix(self.fcs(self.convs(both).amax(2)))
        matrix = matrix.view(-1, size, size).transpose(1, 2)
        moved = self.multiply(matrix, both.to(matrix.dtype))
        # The product with the identity, without a matrix of its own.
        return seq + moved[:, : self.in_channels]


class PointEmbedding(BaseModule):
    """Add what was learned for the frame, the row and the column of a point.

    The comparison of Table V, "as in transformers"; how the paper builds it
    is not said. Begins at zero.

    Args:
        in_channels (int): Channels C of the points.
        num_segments (int): Frames T.
        max_cells (int): Rows and columns that a map may have.

    Shape:
        - seq: (N, C, L).
        - points: (N, L, 3), coordinates (t, y, x) in cells.
        - returns: (N, C, L).

    Raises:
        ValueError: If a point lies outside ``max_cells``.
    """

    def __init__(
        self, in_channels: int, num_segments: int, max_cells: int = 64
    ) -> None:
        super().__init__()
        self.sizes = (num_segments, max_cells, max_cells)
        self.tables = nn.ModuleList(
            nn.Embedding(size, in_channels) for size in self.sizes
        )
        for table in self.tables:
            nn.init.zeros_(table.weight)

    def forward(self, seq: Tensor, points: Tensor) -> Tensor:
        """Add the embedding; see the class for the shapes."""
        outside = points.amax((0, 1)) >= points.new_tensor(self.sizes)
        if not torch.onnx.is_in_onnx_export() and outside.any():
            raise ValueError(
                'AKNet: a point lies at (t, y, x) up to '
                f'{points.amax((0, 1)).tolist()}, the embedding has room for '
                f'{self.sizes}; use smaller frames or a later select_stage.'
            )
        added = sum(table(points[..., axis]) for axis, table in enumerate(self.tables))
        return seq + added.transpose(1, 2)


def build_transform(
    kind: str, in_channels: int, num_segments: int
) -> Optional[BaseModule]:
    """Build what `AKNet` calls ``transform``.

    Args:
        kind (str): One of `TRANSFORMS_OF_POINTS`.
        in_channels (int): Channels of the points.
        num_segments (int): Frames T.

    Returns:
        BaseModule or None: None for ``'none'``.

    Raises:
        ValueError: If ``kind`` is not known.
    """
    check_choice('AKNet', 'transform', kind, TRANSFORMS_OF_POINTS)
    if kind == 'none':
        return None
    if kind == 'embedding':
        return PointEmbedding(in_channels, num_segments)
    return PointTransform(in_channels, kind)


def normalize_points(points: Tensor) -> Tensor:
    """Coordinates about their centroid, the farthest at distance 1 (Eq. 8).

    Shape:
        - points: (N, L, 3), coordinates (t, y, x) in cells.
        - returns: (N, L, 3) float32, columns (x, y, t); zeros where all
          points coincide.
    """
    where = points.flip(-1).float()
    where = where - where.mean(1, keepdim=True)
    # The square of a distance between cells is zero or not far below one.
    farthest = where.square().sum(-1).amax(1).clamp(min=1e-6).sqrt()
    return where / farthest[:, None, None]
