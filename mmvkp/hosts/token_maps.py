"""Feature maps from the outputs of modules: channels first, tokens on their grid."""

from typing import Any, Optional, Sequence, Tuple

from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd

# Axes of an output: N clips or frames, C channels, T H W cells, L tokens in the order
# (t, y, x), P cells of a frame with the frames T of each cell in sequence. Class
# tokens come first.
LAYOUTS = ('NCTHW', 'NTHWC', 'NCHW', 'NHWC', 'NLC', 'LNC', 'NPTC')
Grid = Tuple[int, int, int]


def unwrap(output: Any) -> Tuple[Any, Optional[Grid]]:
    """Take the tensor out of a module's output.

    Args:
        output (Any): A tensor, a sequence with one tensor, or tokens with their grid
            (MViT).

    Returns:
        tuple[Any, tuple | None]: Tensor and grid (T, H, W); the output itself if it is
        something else.
    """
    if not isinstance(output, (list, tuple)):
        return output, None
    if len(output) == 2 and isinstance(output[0], Tensor) and _is_grid(output[1]):
        t, height, width = output[1]
        return output[0], (int(t), int(height), int(width))
    tensors = [each for each in output if isinstance(each, Tensor)]
    return (tensors[0] if len(tensors) == 1 else output), None


def _is_grid(value: Any) -> bool:
    """True for three sizes."""
    return (
        isinstance(value, (list, tuple))
        and len(value) == 3
        and not any(isinstance(each, (Tensor, list, tuple)) for each in value)
    )


def find_layout(base: nn.Module, module: nn.Module, output: Tensor) -> str:
    """Layout of an output of the networks of MMAction2 and timm.

    Args:
        base (nn.Module): The network.
        module (nn.Module): Its module that returned the output.
        output (Tensor): 3D to 5D.

    Returns:
        str: One of `LAYOUTS`.
    """
    name, swin = type(base).__name__, 'SwinTransformer' in type(base).__name__
    # LayerNorm normalises the last axis, which is then the channels.
    last = isinstance(module, nn.LayerNorm)
    last |= swin and type(module).__name__ not in ('PatchEmbed3D', 'Conv3d', 'Dropout')
    last |= output.dim() == 4 and getattr(base, 'output_fmt', '') == 'NHWC'
    if output.dim() == 5:
        return 'NTHWC' if last else 'NCTHW'
    if output.dim() == 4:
        return 'NHWC' if last else 'NCHW'
    if name == 'UniFormerV2':
        return 'LNC'
    spread = getattr(base, 'attention_type', 'space_only') != 'space_only'
    return 'NPTC' if name == 'TimeSformer' and spread else 'NLC'


def token_grid(
    base: nn.Module, x: Tensor, stride: Optional[Sequence[int]]
) -> Optional[Grid]:
    """Cells of the tokens of a network.

    Args:
        base (nn.Module): The network; its first convolution makes the tokens.
        x (Tensor): Input of the network.
        stride (Sequence[int], optional): Frames, rows and columns of the input per
            token; None: as the first convolution.

    Shape:
        - x: (N, C, T, H, W) or (N, C, H, W).

    Returns:
        tuple[int, int, int] | None: T, H and W in cells; None without a convolution.
    """
    sizes = (1, *x.shape[2:])[-3:]
    if stride is not None:
        t, height, width = (size // step for size, step in zip(sizes, stride))
        return t, height, width
    conv = next((each for each in base.modules() if isinstance(each, _ConvNd)), None)
    if conv is None or isinstance(conv.padding, str):
        return None
    axes = zip(sizes[-len(conv.kernel_size) :], conv.kernel_size, conv.stride)
    cells = [
        (size + 2 * padding - (kernel - 1) * dilation - 1) // step + 1
        for (size, kernel, step), padding, dilation in zip(
            axes, conv.padding, conv.dilation
        )
    ]
    # A 2D convolution keeps the frames.
    t, height, width = (*sizes[: 3 - len(cells)], *cells)
    return t, height, width


def tokens_to_grid(
    tokens: Tensor, grid: Grid, layout: str, prefixes: Sequence[int]
) -> Optional[Tensor]:
    """Place tokens on their grid, without class tokens.

    Args:
        tokens (Tensor): Tokens.
        grid (tuple[int, int, int]): Cells.
        layout (str): `'NLC'` or `'NPTC'`.
        prefixes (Sequence[int]): Allowed numbers of class tokens before the others.

    Shape:
        - tokens: (N, L, C).
        - grid: (T, H, W).
        - returns: (N, C, T, H, W), or None if the numbers do not fit.
    """
    t, height, width = grid
    extra = tokens.shape[1] - t * height * width
    if extra not in prefixes:
        return None
    tokens = tokens[:, extra:]
    if layout == 'NPTC':
        return tokens.unflatten(1, (height, width, t)).permute(0, 4, 3, 1, 2)
    return tokens.unflatten(1, grid).permute(0, 4, 1, 2, 3)


def to_map(
    output: Tensor,
    layout: str,
    clips: int,
    grid: Optional[Grid],
    prefixes: Sequence[int],
) -> Optional[Tensor]:
    """Convert an output to a map of clips.

    Args:
        output (Tensor): 3D to 5D, with as many axes as the layout (`'NPTC'`: 3).
        layout (str): One of `LAYOUTS`.
        clips (int): Clips N of the batch. An output with more items has one for each
            frame.
        grid (tuple[int, int, int], optional): Cells (T, H, W) of tokens.
        prefixes (Sequence[int]): Allowed numbers of class tokens.

    Shape:
        - output: as the layout.
        - returns: (N, C, T, H, W), or None if the output does not fit the layout.
    """
    if output.dim() != (3 if layout == 'NPTC' else len(layout)):
        return None
    if layout == 'NTHWC':
        return output.permute(0, 4, 1, 2, 3)
    if layout == 'NCTHW':
        return output
    if layout == 'LNC':
        output = output.transpose(0, 1)
    if output.shape[0] % clips:
        return None
    frames = output.shape[0] // clips
    if output.dim() == 4:
        maps = output.permute(0, 3, 1, 2) if layout == 'NHWC' else output
    else:
        if grid is None:
            return None
        if frames == 1:
            return tokens_to_grid(output, grid, layout, prefixes)
        found = tokens_to_grid(output, (1, *grid[1:]), 'NLC', prefixes)
        if found is None:
            return None
        maps = found[:, :, 0]
    return maps.unflatten(0, (clips, frames)).transpose(1, 2)
