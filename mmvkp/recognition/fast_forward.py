"""Inference-only replacements of the `forward` of modules.

`accelerate` installs them; a package registers them for its own modules with
`accelerates`.
"""

from typing import Any, Callable, Dict, Iterator, Optional, Tuple, Type, Union

import torch
from torch import Tensor, nn
from torch.autograd import forward_ad
from torch.nn.modules import module as torch_module

from ..compat import is_compiling, is_cpu_autocast_enabled

Function = Callable[..., Any]
Condition = Callable[[Any], bool]
# Qualified class name -> fast function, and the condition to install it.
_REGISTERED: Dict[str, Tuple[Function, Condition]] = {}
_GLOBAL_HOOKS = (
    '_global_forward_hooks',
    '_global_forward_pre_hooks',
    '_global_backward_hooks',
    '_global_backward_pre_hooks',
)
_OWN_HOOKS = (
    '_forward_hooks',
    '_forward_pre_hooks',
    '_backward_hooks',
    '_backward_pre_hooks',
)
# Methods that `DataParallel`, and `copy` and `pickle`, call to copy a module.
_REPLICATE, _REDUCE = '_replicate_for_data_parallel', '__reduce_ex__'


def qualified_name(kind: Union[type, str]) -> str:
    """Name of a class with its module; a name stays.

    Args:
        kind (type | str): Class or name.
    """
    if isinstance(kind, str):
        return kind
    return f'{kind.__module__}.{kind.__qualname__}'


def accelerates(
    *kinds: Union[type, str], when: Condition = lambda module: True
) -> Callable[[Function], Function]:
    """Register the fast function of module classes.

    The function is called as `function(module, *args, **kwargs)` in place of the
    `forward` of the class, but only where `FastForward` allows it. Subclasses are
    not accelerated, because their `forward` may differ.

    Args:
        *kinds (type | str): Classes, or qualified names of classes that are
            possibly never imported.
        when (Callable): Condition on the module for installing it.

    Returns:
        Callable: Decorator.
    """

    def decorate(function: Function) -> Function:
        for kind in kinds:
            _REGISTERED[qualified_name(kind)] = (function, when)
        return function

    return decorate


class FastForward:
    """The `forward` of one accelerated module, stored on the instance.

    It runs the registered function in eval mode if the input allows it (see
    `results_only`) and the module has no hooks, otherwise the `forward` of the
    class. Parameters and buffers stay in the module, so nothing is stale when
    they change. Copies (shallow and deep) and pickles of the module get a `forward` of
    their own.

    Args:
        module (nn.Module): The module.
        function (Callable): Its registered function.
    """

    def __init__(self, module: nn.Module, function: Function) -> None:
        self.module = module
        self.function = function
        self.active = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the fast function, or the `forward` of the class."""
        module = self.module
        if (
            self.active
            and not module.training
            and args
            and results_only(args[0])
            and untouched(module)
        ):
            return self.function(module, *args, **kwargs)
        return type(module).forward(module, *args, **kwargs)

    def install(self) -> 'FastForward':
        """Set the `forward` of the module and the methods that copy it."""
        vars(self.module)['forward'] = self
        vars(self.module)[_REPLICATE] = self.replicate
        vars(self.module)[_REDUCE] = self.reduce
        return self

    def remove(self) -> None:
        """Restore the module, also if something else wraps this `forward`."""
        self.active = False
        own = vars(self.module)
        for name in ('forward', _REPLICATE, _REDUCE):
            if self._owns(own.get(name)):
                del own[name]

    def _owns(self, value: Any) -> bool:
        """True for this object and its methods."""
        return value is self or getattr(value, '__self__', None) is self

    def replicate(self) -> nn.Module:
        """Replica for `DataParallel`, not accelerated: it has other children."""
        replica = type(self.module)._replicate_for_data_parallel(self.module)
        for name in ('forward', _REPLICATE, _REDUCE):
            vars(replica).pop(name, None)
        return replica

    def reduce(self, protocol: int) -> Tuple[Callable[..., nn.Module], Tuple, Dict]:
        """Parts of the module for `copy` and `pickle`, without references to it.

        A plain shallow copy would keep this object, which runs the children of the
        original.
        """
        own = vars(self.module).items()
        state = {name: value for name, value in own if not self._owns(value)}
        return _new_module, (type(self.module), self.function), state


def _new_module(kind: Type[nn.Module], function: Function) -> nn.Module:
    """Empty accelerated module; `copy` and `pickle` add its state."""
    module = kind.__new__(kind)
    FastForward(module, function).install()
    return module


def install(model: nn.Module) -> Iterator[FastForward]:
    """Install the registered functions in a model.

    Modules with a `forward` of their own are skipped.

    Args:
        model (nn.Module): Changed in place.

    Yields:
        FastForward: Each installed `forward`.
    """
    for module in model.modules():
        function, when = _REGISTERED.get(qualified_name(type(module)), (None, None))
        if function and when and 'forward' not in vars(module) and when(module):
            yield FastForward(module, function).install()


def installed(model: nn.Module) -> Iterator[FastForward]:
    """Find the installed functions of a model.

    Args:
        model (nn.Module): Any model.

    Yields:
        FastForward: Each installed `forward`.
    """
    for module in model.modules():
        own = _own_forward(module)
        if isinstance(own, FastForward):
            yield own


def is_accelerated(module: nn.Module) -> bool:
    """True if a module has an installed function that is not removed.

    Args:
        module (nn.Module): Any module.
    """
    own = _own_forward(module)
    return isinstance(own, FastForward) and own.active


def _own_forward(module: nn.Module) -> Optional[Function]:
    return vars(module).get('forward')


def untouched(*modules: nn.Module) -> bool:
    """True if modules have no hooks and no foreign instance `forward`.

    Only then the result of a call may be computed without the call.

    Args:
        *modules (nn.Module): Modules whose call is left out.
    """
    for module in modules:
        own = vars(module)
        forward = own.get('forward')
        if forward is not None and not isinstance(forward, FastForward):
            return False
        if '_conv_forward' in own:
            return False
        for hooks in _OWN_HOOKS:
            if own.get(hooks):
                return False
    return True


def results_only(x: Any) -> bool:
    """True if nothing but the result of an inference on the CPU is needed.

    False with gradients, in the forward pass of an autograd function (reentrant
    checkpoints repeat it with gradients), with forward-mode gradients, in `vmap` and
    other transforms of `torch.func`, with global module hooks, with dispatch modes
    such as counters of operations, with autocast, for other devices and types than
    float32, and in tracing, compilation and export.

    Args:
        x (object): Input of a module. Shape: any, but not empty.
    """
    return (
        not is_compiling()
        and type(x) is Tensor
        and x.dtype == torch.float32
        and x.device.type == 'cpu'
        and x.numel() > 0
        and not torch.is_grad_enabled()
        and not _in_autograd_function()
        and not _in_function_transform()
        and not torch._C._len_torch_dispatch_stack()
        and not _has_global_hooks()
        and not is_cpu_autocast_enabled()
        and not torch.jit.is_tracing()
        and not torch.onnx.is_in_onnx_export()
    )


def _has_global_hooks() -> bool:
    own = vars(torch_module)
    for hooks in _GLOBAL_HOOKS:
        if own[hooks]:
            return True
    return False


def _in_autograd_function() -> bool:
    """True in `torch.autograd.Function.forward`.

    It also turns off forward-mode gradients, which `no_grad` does not.
    """
    return not (torch.is_inference_mode_enabled() or torch._C._is_fwd_grad_enabled())


def _in_function_transform() -> bool:
    """True in `torch.func` transforms and with forward-mode gradients.

    They replace the operations of torch, but not all those of the fast functions.
    """
    functorch = getattr(torch._C, '_functorch', None)
    stack = getattr(functorch, 'peek_interpreter_stack', lambda: None)
    return stack() is not None or getattr(forward_ad, '_current_level', -1) >= 0
