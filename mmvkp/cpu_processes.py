"""Training in several processes without a GPU.

`mmvkp.compat` puts these functions in the place of MMEngine's.
"""

from typing import Any, Callable, Dict, Optional

import torch
import torch.distributed
from mmengine.device import get_device
from mmengine.runner import Runner
from torch import nn

_DDP = 'MMDistributedDataParallel'


def init_process_group(original: Callable[..., None]) -> Callable[..., None]:
    """Replace the start of a process group: gloo without a GPU.

    Args:
        original (Callable): MMEngine's function, used with a GPU. It selects a CUDA
            device and starts NCCL.

    Returns:
        Callable: The function that decides when it is called.
    """

    def start(backend: str = 'nccl', *args: Any, **kwargs: Any) -> None:
        if get_device() != 'cpu':
            original(backend, *args, **kwargs)
            return
        kwargs.pop('init_backend', None)
        backend = 'gloo' if backend == 'nccl' else backend
        torch.distributed.init_process_group(backend=backend, **kwargs)

    return start


def wrap_model(
    original: Callable[[Runner, Optional[Dict], nn.Module], nn.Module],
) -> Callable[[Runner, Optional[Dict], nn.Module], nn.Module]:
    """Replace `Runner.wrap_model`: no device ids without a GPU.

    `DistributedDataParallel` refuses device ids for a model on the CPU.

    Args:
        original (Callable): MMEngine's method.

    Returns:
        Callable: The method that decides when it is called.
    """

    def wrap(runner: Runner, cfg: Optional[Dict], model: nn.Module) -> nn.Module:
        if runner.distributed and get_device() == 'cpu':
            unused = runner.cfg.get('find_unused_parameters', False)
            given = cfg or dict(broadcast_buffers=False, find_unused_parameters=unused)
            if given.get('type', _DDP) == _DDP:
                cfg = dict(given, type=_DDP)
                cfg.setdefault('device_ids', None)
        return original(runner, cfg, model)

    return wrap
