"""TapBackbone: feature maps of any network by the names of its modules."""

import difflib
import functools
from copy import deepcopy
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

import torch
from mmaction.registry import MODELS
from mmaction.utils import ConfigType, OptConfigType
from mmengine.model import BaseModule
from torch import Tensor, nn

from ..build import build_module
from ..checks import check_choice, check_config, check_positive, check_sequence, shorten
from ..compat import is_compiling
from .token_maps import LAYOUTS, find_layout, to_map, token_grid, unwrap


class Recorder:
    """Outputs of the tapped modules during one forward pass."""

    def __init__(self) -> None:
        self.outputs: Dict[str, Any] = {}
        self.running = False
        self.with_grad = False

    def record(self, name: str, output: Any) -> None:
        """Keep an output.

        Raises:
            ValueError: If the module is called twice, or recomputed without gradients.
        """
        if not self.running:
            return  # recomputed in a backward pass
        if name in self.outputs:
            raise ValueError(
                f'TapBackbone: {name!r} is called more than once in a forward pass; '
                'choose a module that is called once.'
            )
        if self.with_grad and not torch.is_grad_enabled():
            raise ValueError(
                f'TapBackbone: {name!r} runs without gradients, in a part that is '
                'recomputed in the backward pass; set with_cp=False in base, or '
                'choose the module around that part.'
            )
        tensor = unwrap(output)[0]
        self.outputs[name] = (output, _version(tensor))


def _version(x: Any) -> int:
    """Number of in-place changes of a tensor; 0 where it is not counted."""
    if not isinstance(x, Tensor) or is_compiling() or x.is_inference():
        return 0
    return x._version


def _record(
    recorder: Recorder, name: str, module: nn.Module, args: Any, output: Any
) -> None:
    """Forward hook of a tapped module."""
    recorder.record(name, output)


def _describe(output: Any) -> str:
    """Text of an output for a message."""
    if isinstance(output, Tensor):
        return f'a tensor of shape {tuple(output.shape)}'
    return shorten(output)


def _no_weights_to_initialise(*args: Any, **kwargs: Any) -> None:
    """Stand-in for `init_weights` of a network with weights of its own."""


@MODELS.register_module()
class TapBackbone(BaseModule):
    """Backbone that returns the outputs of named modules of another network.

    It gives necks that need several maps (`KPSEM`) networks with a single output, such
    as X3D, C3D, UniFormer, MViT, Video Swin, VideoMAE, TimeSformer or models of timm.
    Outputs of transformers become maps, without class tokens. The weights of the
    base are loaded from its own checkpoints.

    The base runs to its end. Modules after the last tap have no gradient: name them in
    `drop` for distributed training, and to save their time. Results are kept only
    during a call, so an instance must not run in two threads at once.

    Args:
        base (dict): Config of the network. `type='timm.NAME'` or
            `type='torchvision.NAME'` needs that package.
        taps (Sequence[str]): Names of modules, as in `named_modules`, from the first
            stage to the last, e.g. `('layer2', 'layer3')` or `('blocks.5',
            'blocks.11')`.
        layout (str | Sequence, optional): Axes of the outputs, for all taps or for
            each; None: as known for the networks above. One of `LAYOUTS`: N clips or
            frames, C channels, T, H and W, L tokens in the order (t, y, x), P cells
            with their frames in sequence.
        stride (Sequence[int], optional): Frames, rows and columns of the input per
            token; None: as the first convolution of the base.
        drop (Sequence[str]): Names of modules that are replaced by the identity, for
            example `('pool5', 'fc6', 'fc7')` of C3D, which need one size of the input.
        init_cfg (dict, optional): Initialisation as in MMEngine; the base is
            initialised as `base` defines.

    Shape:
        - x: (N, C, T, H, W), or (N * T, C, H, W) for 2D networks.
        - returns: tuple of maps (N, C_i, T_i, H_i, W_i), or (N * T, C_i, H_i, W_i), in
          the order of `taps`.

    Raises:
        TypeError: If an argument has another type.
        ValueError: If a name is unknown or the module is not called, or an argument is
            out of range; at run time if a module is not called exactly once, its
            output is not a map, or is changed in-place after it.
        ImportError: If the package of the base is missing.
    """

    def __init__(
        self,
        base: ConfigType,
        taps: Sequence[str],
        layout: Union[str, Sequence[Optional[str]], None] = None,
        stride: Optional[Sequence[int]] = None,
        drop: Sequence[str] = (),
        init_cfg: OptConfigType = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        self.base = _build_base(base)
        for name in _names('drop', drop):
            _find(self.base, 'drop', name)
            parent, _, child = name.rpartition('.')
            setattr(self.base.get_submodule(parent), child, nn.Identity())
        self.taps = _names('taps', taps)
        if not self.taps:
            raise ValueError(
                'TapBackbone: taps is empty; name at least one module of base.'
            )
        if isinstance(layout, str) or layout is None:
            layout = [layout] * len(self.taps)
        check_sequence('TapBackbone', 'layout', layout, len(self.taps))
        for each in layout:
            check_choice('TapBackbone', 'layout', each, (None, *LAYOUTS))
        self.layouts = tuple(layout)
        if stride is not None:
            check_sequence('TapBackbone', 'stride', stride, 3)
            for step in stride:
                check_positive('TapBackbone', stride=step)
        self.stride = stride
        self.recorder = Recorder()
        for name in self.taps:
            _find(self.base, 'taps', name).register_forward_hook(
                functools.partial(_record, self.recorder, name)
            )

    def check_model(self, model: nn.Module) -> None:
        """Refuse models without a neck, and what the base refuses."""
        if getattr(model, 'neck', None) is None:
            raise ValueError(
                f'TapBackbone: {type(model).__name__} has no neck, but the backbone '
                'returns a tuple of maps; add a neck, e.g. KPSEM, or use base as '
                'backbone.'
            )
        check = getattr(self.base, 'check_model', None)
        if check is not None:
            check(model)

    def _load_from_state_dict(
        self, state_dict: Dict[str, Tensor], prefix: str, *args: Any
    ) -> None:
        """Accept a checkpoint of the plain base."""
        given = [key for key in state_dict if key.startswith(prefix)]
        if not all(key.startswith(f'{prefix}base.') for key in given):
            for key in given:
                state_dict[f'{prefix}base.{key[len(prefix) :]}'] = state_dict.pop(key)
        super()._load_from_state_dict(state_dict, prefix, *args)

    def forward(self, x: Tensor) -> Tuple[Tensor, ...]:
        """Run the base and return the maps; see the class for the shapes."""
        recorder = self.recorder
        recorder.outputs = {}
        recorder.with_grad = torch.is_grad_enabled()
        recorder.running = True
        try:
            # A classifier of timm is not needed.
            timm = type(self.base).__module__.startswith('timm.')
            (self.base.forward_features if timm else self.base)(x)
            outputs = recorder.outputs
        finally:
            recorder.running = False
            recorder.outputs = {}
        return tuple(
            self.convert(name, layout, outputs, x)
            for name, layout in zip(self.taps, self.layouts)
        )

    def convert(
        self, name: str, layout: Optional[str], outputs: Dict[str, Any], x: Tensor
    ) -> Tensor:
        """Convert the output of a module to a map.

        Args:
            name (str): Name of the module.
            layout (str, optional): Layout; None: as known for the base.
            outputs (dict): Outputs by name, with the number of in-place changes.
            x (Tensor): Input of the base.

        Shape:
            - x: (N, C, T, H, W) or (N, C, H, W).
            - returns: as x, with other sizes.
        """
        if name not in outputs:
            raise ValueError(
                f'TapBackbone: {name!r} is not called in a forward pass of base='
                f'{type(self.base).__name__}; choose another module.'
            )
        output, grid = unwrap(outputs[name][0])
        if not isinstance(output, Tensor) or not 3 <= output.dim() <= 5:
            raise ValueError(
                f'TapBackbone: {name!r} returns {_describe(output)}, not a map or '
                'tokens; choose an earlier module.'
            )
        if _version(output) != outputs[name][1]:
            raise ValueError(
                f'TapBackbone: the output of {name!r} is changed in-place by a later '
                'module, e.g. by ReLU; choose the module around both.'
            )
        module = self.base.get_submodule(name)
        if layout is None:
            layout = find_layout(self.base, module, output)
        if grid is None and output.dim() == 3:
            grid = token_grid(self.base, x, self.stride)
        # Class and register tokens of timm.
        prefixes = (0, 1, getattr(self.base, 'num_prefix_tokens', 1))
        found = to_map(output, layout, x.shape[0], grid, prefixes)
        if found is None:
            raise ValueError(
                f'TapBackbone: the output of {name!r} has shape {tuple(output.shape)}, '
                f'which does not fit layout={layout!r}'
                + (f' and {grid} cells (T, H, W)' if output.dim() == 3 else '')
                + f' for an input of shape {tuple(x.shape)}; set layout to one of '
                f'{list(LAYOUTS)}, and stride to the input frames, rows and columns '
                'per token.'
            )
        return found if x.dim() == 5 else found[:, :, 0] if found.dim() == 5 else found


def _names(argument: str, names: Sequence[str]) -> Tuple[str, ...]:
    """Check a list of names.

    Raises:
        TypeError: If it is not a list of texts.
        ValueError: If a name is given twice.
    """
    check_sequence('TapBackbone', argument, names)
    for name in names:
        if not isinstance(name, str):
            raise TypeError(
                f'TapBackbone: {argument}={shorten(names)} contains {shorten(name)}; '
                "give names of modules, e.g. ('layer2', 'layer3')."
            )
    if len(set(names)) < len(names):
        raise ValueError(
            f'TapBackbone: {argument}={shorten(names)} has a name twice; name each '
            'module once.'
        )
    return tuple(names)


def _find(base: nn.Module, argument: str, name: str) -> nn.Module:
    """Find a module that is called.

    Raises:
        ValueError: If the name is unknown, or of a list of modules.
    """
    modules = dict(base.named_modules())
    kind = type(base).__name__
    module = modules.get(name) if name else None
    if module is None:
        near: List[str] = difflib.get_close_matches(name, list(modules)[1:], 5, 0)
        raise ValueError(
            f'TapBackbone: {argument}: base={kind} has no module {name!r}; near names: '
            f'{", ".join(near)}.'
        )
    if isinstance(module, (nn.ModuleList, nn.ModuleDict)):
        items = [f'{name}.{each}' for each, _ in module.named_children()]
        raise ValueError(
            f'TapBackbone: {argument}: {name!r} of base={kind} is a list, which is not '
            f'called; choose an item, from {items[0]} to {items[-1]}.'
        )
    return module


def _build_base(base: ConfigType) -> Any:
    """Build the base, also from timm or torchvision.

    Raises:
        TypeError: If it is not a config.
        ImportError: If the package is missing.
    """
    if base is None:
        raise TypeError("TapBackbone: base is None; give dict(type='X3D', ...).")
    check_config('TapBackbone', base=base)
    package, dot, name = str(base['type']).partition('.')
    if not dot or package not in ('timm', 'torchvision'):
        return build_module('TapBackbone', 'base', deepcopy(base))
    options = {key: value for key, value in base.items() if key != 'type'}
    try:
        if package == 'timm':
            import timm

            built = timm.create_model(name, **{**options, 'num_classes': 0})
        else:
            import torchvision.models

            built = getattr(torchvision.models, name)(**options)
    except ImportError as error:
        raise ImportError(
            f'TapBackbone: base={base["type"]} needs {package}, which cannot be '
            f'imported ({error}); run pip install {package}.'
        ) from error
    built.init_weights = _no_weights_to_initialise
    return built
