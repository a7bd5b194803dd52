"""Convolution and norm layer in one step, for inference on a CPU."""

from typing import Any, List, Optional, Tuple

import torch
from mmcv.cnn import Conv2d, Conv3d
from torch import Tensor, nn
from torch.nn import functional as F

from .fast_forward import results_only, untouched
from .small_batch_norm import SmallBatchNorm1d

_CONVS = (nn.Conv1d, nn.Conv2d, nn.Conv3d, Conv2d, Conv3d)
_NORMS = (nn.BatchNorm1d, SmallBatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
_FORMATS = {4: torch.channels_last, 5: torch.channels_last_3d}
# Attribute of a convolution whose folded weights are kept.
_KEPT = '_kept_fold'


def conv_norm(
    conv: Any,
    norm: Any,
    x: Tensor,
    added: Optional[Tensor] = None,
    relu: bool = False,
    in_place: bool = False,
) -> Tensor:
    """Run a convolution, the norm layer after it, a sum and a ReLU.

    If `can_fold` allows it, the map has its channels last in memory and the norm
    layer is folded into the weights, unless these have more numbers than the map.
    They are folded in each call, so they are never stale; after `keep_folds` they
    are folded once.

    Args:
        conv (nn.Module): Convolution.
        norm (nn.Module, optional): Norm layer.
        x (Tensor): Input.
        added (Tensor, optional): Added to the result of the norm layer.
        relu (bool): Apply a ReLU at the end.
        in_place (bool): The result may be stored in `added`.

    Shape:
        - x: (N, C, L), (N, C, H, W) or (N, C, T, H, W).
        - added: as the result.
        - returns: as `norm(conv(x))`.
    """
    kept = vars(conv).get(_KEPT)
    usable = kept is not None and kept.usable(conv, norm, x)
    if not usable and not can_fold(conv, norm, x):
        x = conv(x)
        x = x if norm is None else norm(x)
        x = x if added is None else x + added
        return F.relu(x) if relu else x
    x = channels_last(x)
    if kept is not None:
        weight, bias = kept.folded(conv, norm, x)
        return convolve(conv, x, weight, bias, added, relu, in_place)
    if norm is None:
        return convolve(conv, x, conv.weight, conv.bias, added, relu, in_place)
    cells = x.numel() // conv.in_channels
    for stride in conv.stride:
        cells //= stride
    if conv.weight[0].numel() > cells:
        return _finish(norm(convolve(conv, x, conv.weight, conv.bias)), added, relu)
    return convolve(conv, x, *fold_norm(conv, norm), added, relu, in_place)


def _finish(out: Tensor, added: Optional[Tensor], relu: bool) -> Tensor:
    """Add to a new tensor and apply a ReLU, in-place."""
    if added is not None:
        out += added
    return out.relu_() if relu else out


def can_fold(conv: Any, norm: Any, x: Tensor) -> bool:
    """True if `conv_norm` may skip the calls of both layers.

    They must be plain float32 layers, without hooks, the norm layer in eval mode
    with running statistics; for the input see `results_only`.

    Args:
        conv (nn.Module): Convolution.
        norm (nn.Module, optional): Norm layer.
        x (Tensor): Input. Shape: any.
    """
    return (
        type(conv) in _CONVS
        and conv.padding_mode == 'zeros'
        and conv.weight.dtype == torch.float32
        and untouched(conv)
        and (
            norm is None
            or type(norm) in _NORMS
            and not norm.training
            and norm.running_mean is not None
            and norm.running_mean.dtype == torch.float32
            and untouched(norm)
        )
        and results_only(x)
        and x.dim() == conv.weight.dim()
    )


def channels_last(x: Tensor) -> Tensor:
    """Put the channels of a map last in memory; sequences stay.

    Shape:
        - x: (N, C, H, W), (N, C, T, H, W) or any other.
        - returns: as x.
    """
    layout = _FORMATS.get(x.dim())
    return x if layout is None else x.contiguous(memory_format=layout)


def convolve(
    conv: Any,
    x: Tensor,
    weight: Tensor,
    bias: Optional[Tensor],
    added: Optional[Tensor] = None,
    relu: bool = False,
    in_place: bool = False,
) -> Tensor:
    """Run a convolution with other weights, then a sum and a ReLU.

    Uses oneDNN where it is available, which computes all in one pass over a map.

    Args:
        conv (nn.Conv1d | nn.Conv2d | nn.Conv3d): Its stride, padding, dilation and
            groups are used.
        x (Tensor): Input.
        weight (Tensor): Weights, or the result of `pack`.
        bias (Tensor, optional): Bias.
        added (Tensor, optional): Added to the result.
        relu (bool): Apply a ReLU at the end.
        in_place (bool): The result may be stored in `added`.

    Shape:
        - x: (N, C, L), (N, C, H, W) or (N, C, T, H, W).
        - weight: as `conv.weight`.
        - bias: (C',).
        - added: as the result.
        - returns: as `conv(x)`.
    """
    if _has_onednn(conv):
        try:
            return _convolve_in_one_pass(conv, x, weight, bias, added, relu, in_place)
        except RuntimeError:  # torch 2.6 refuses results of one cell
            pass
    if weight.is_mkldnn:
        weight = weight.to_dense().view(conv.weight.shape)
    function = (F.conv1d, F.conv2d, F.conv3d)[x.dim() - 3]
    sizes = (conv.stride, conv.padding, conv.dilation, conv.groups)
    return _finish(function(x, weight, bias, *sizes), added, relu)


def _convolve_in_one_pass(
    conv: Any,
    x: Tensor,
    weight: Tensor,
    bias: Optional[Tensor],
    added: Optional[Tensor],
    relu: bool,
    in_place: bool,
) -> Tensor:
    """Compute `convolve` by oneDNN."""
    is_sequence = x.dim() == 3
    sizes, x, weight = _as_map(conv, x, weight)
    fused = torch.ops.mkldnn._convolution_pointwise
    act = 'relu' if relu else None
    if added is None:
        out = fused(x, weight, bias, *sizes, act or 'none', [], '')
    else:
        out = channels_last(added.unsqueeze(2) if is_sequence else added)
        options = (weight, bias, *sizes, 'add', 1.0, act, [], '')
        if in_place:
            out = torch.ops.mkldnn._convolution_pointwise_.binary(out, x, *options)
        else:
            out = fused(x, out, *options)
    return out.squeeze(2) if is_sequence else out


def _as_map(conv: Any, x: Tensor, weight: Tensor) -> Tuple[Any, Tensor, Tensor]:
    """Sizes, input and weights; a sequence is a map of one row.

    In such a map, and so in the result, a point is contiguous in memory.

    Shape:
        - x: (N, C, L), (N, C, H, W) or (N, C, T, H, W).
        - returns: (padding, stride, dilation, groups), (N, C, 1, L) or as x, and the
          weights for it.
    """
    sizes: Tuple[Any, ...] = (conv.padding, conv.stride, conv.dilation)
    if x.dim() == 3:
        sizes = tuple((row, *each) for row, each in zip((0, 1, 1), sizes))
        x = channels_last(x.unsqueeze(2))
        weight = weight if weight.is_mkldnn else weight.unsqueeze(2)
    return (*sizes, conv.groups), x, weight


def pack(conv: Any, x: Tensor, weight: Tensor) -> Tensor:
    """Weights in the memory format of oneDNN, so that `convolve` need not copy them.

    Args:
        conv (nn.Conv1d | nn.Conv2d | nn.Conv3d): See `convolve`.
        x (Tensor): Input; others may have another size.
        weight (Tensor): Weights.

    Shape:
        - x: (N, C, L), (N, C, H, W) or (N, C, T, H, W).
        - weight: as `conv.weight`.
        - returns: as `weight`, with one row more for sequences; unchanged without
          oneDNN.
    """
    if not _has_onednn(conv):
        return weight
    sizes, x, weight = _as_map(conv, x, weight)
    try:
        reorder = torch.ops.mkldnn._reorder_convolution_weight
        return reorder(weight, *sizes, list(x.shape))
    except (AttributeError, RuntimeError):  # other signatures of old versions
        return weight.view(conv.weight.shape)


def _has_onednn(conv: Any) -> bool:
    mkldnn: Any = torch.backends.mkldnn
    is_there = mkldnn.is_available() and mkldnn.enabled
    return is_there and not isinstance(conv.padding, str)


def fold_norm(conv: Any, norm: Any) -> Tuple[Tensor, Tensor]:
    """Weight and bias of a convolution that includes its norm layer in eval mode.

    norm(w x + b) = (s w) x + s (b - mean) + bias with s = weight / sqrt(var +
    eps).

    Args:
        conv (nn.Conv1d | nn.Conv2d | nn.Conv3d): Convolution.
        norm (nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d): Norm layer with
            running statistics.

    Shape:
        - returns: as `conv.weight`, and (C',).
    """
    scale = (norm.running_var + norm.eps).rsqrt()
    if norm.weight is not None:
        scale = scale * norm.weight
    mean = norm.running_mean
    if conv.bias is not None:
        mean = mean - conv.bias
    bias = -mean * scale
    if norm.bias is not None:
        bias = bias + norm.bias
    shape = (-1,) + (1,) * (conv.weight.dim() - 1)
    return conv.weight * scale.view(shape), bias


class KeptFold:
    """Folded and packed weights, computed again after a change of the layers.

    A copy or a pickle is empty: packed weights have neither.
    """

    def __init__(self) -> None:
        self.state: Optional[List[Tuple[int, int]]] = None
        self.result: Optional[Tuple[Tensor, Optional[Tensor]]] = None

    def __reduce__(self) -> Tuple[Any, ...]:
        """Make an empty one."""
        return KeptFold, ()

    def usable(self, conv: Any, norm: Any, x: Tensor) -> bool:
        """As `can_fold`, of layers that were folded before, in less time.

        The module around them has checked by `results_only` what is equal for all
        inputs.
        """
        return (
            self.result is not None
            and norm is not None
            and x.dtype == torch.float32
            and x.dim() == conv.weight.dim()
            and not torch.is_grad_enabled()
            and not norm.training
            and untouched(conv, norm)
        )

    def folded(
        self, conv: Any, norm: Any, x: Tensor
    ) -> Tuple[Tensor, Optional[Tensor]]:
        """Packed weight and bias of `conv_norm` for an input."""
        state: Optional[List[Tuple[int, int]]] = None
        owners = [conv._parameters]
        if norm is not None:
            owners += [norm._parameters, norm._buffers]
        try:
            state = [
                (each.data_ptr(), each._version)
                for own in owners
                for each in own.values()
                if each is not None
            ]
        except RuntimeError:
            # Tensors of the inference mode have no count of their changes.
            pass
        if self.result is None or state is None or state != self.state:
            weight, bias = conv.weight, conv.bias
            if norm is not None:
                weight, bias = fold_norm(conv, norm)
            self.state, self.result = state, (pack(conv, x, weight.detach()), bias)
        return self.result


def keep_folds(model: nn.Module, keep: bool) -> None:
    """Keep the folded weights of all convolutions of a model, or forget them.

    Changes by `load_state_dict`, optimisers and operations in place take effect at
    once; changes of `.data` in place are not noticed.

    Args:
        model (nn.Module): Any model.
        keep (bool): False to forget them.
    """
    for module in model.modules():
        if type(module) in _CONVS:
            vars(module).pop(_KEPT, None)
            if keep:
                vars(module)[_KEPT] = KeptFold()
