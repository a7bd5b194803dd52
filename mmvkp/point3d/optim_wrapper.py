"""One step of several optimisers, each on its own part of a model."""

from contextlib import contextmanager
from typing import Any, Dict, Iterator, List, Optional

from mmaction.registry import OPTIM_WRAPPERS
from mmaction.utils import OptConfigType
from mmengine.optim import AmpOptimWrapper, OptimWrapper, OptimWrapperDict
from torch import Tensor, nn

from ..checks import check_choice, check_positive

# Options of the joint step, by the type that takes it.
SHARED_OPTIONS = dict(
    OptimWrapper=('accumulative_counts',),
    AmpOptimWrapper=('accumulative_counts', 'dtype', 'loss_scale'),
)

_SCALER = 'loss_scaler'


class _AllOptimizers:
    """All optimisers, with the interface of one.

    A gradient scaler looks for an overflow in the `param_groups` of its
    optimiser. With separate optimisers it would skip only those with an
    overflow; with this object it steps all or none. Gradients are unscaled
    before `step`, so each part can clip them there.
    """

    def __init__(self, parts: List[OptimWrapper]) -> None:
        self.parts = parts
        self.defaults: Dict[str, Any] = {}

    @property
    def param_groups(self) -> List[dict]:
        """Parameter groups of all optimisers."""
        return [group for part in self.parts for group in part.optimizer.param_groups]

    def step(self, **kwargs: Any) -> None:
        """Clip and step each part."""
        for part in self.parts:
            part.step(**kwargs)

    def zero_grad(self, **kwargs: Any) -> None:
        """Reset the gradients of each part."""
        for part in self.parts:
            part.zero_grad(**kwargs)


@OPTIM_WRAPPERS.register_module()
class JointOptimWrapperDict(OptimWrapperDict):
    """Several optimisers that step together on one loss.

    MMEngine's `OptimWrapperDict` requires a `train_step` of the model that calls
    backward and step, which `MMDistributedDataParallel` ignores. Here
    `update_params` works as with one optimiser: one backward, then clipping,
    step and reset of the gradients of each part. Every `train_step` works
    unchanged. Learning rates, momenta and schedulers stay separate, under the
    names of the parts.

    MMEngine's wrapper in `shared` provides mixed precision, accumulation and
    synchronisation between processes. A single gradient scaler is used: after
    an overflow all parts skip the step and the scale is lowered once.

    With `clip_grad`, norms are logged as `{part}.grad_norm`.

    Args:
        parts (dict[str, OptimWrapper]): Wrappers by part, each with an
            optimiser and, optionally, `clip_grad`; accumulation and mixed
            precision belong to `shared`.
        shared (dict, optional): `type`, 'OptimWrapper' or
            'AmpOptimWrapper', and the options of that wrapper:
            `accumulative_counts` and, for the latter, `dtype` and
            `loss_scale`.

    Raises:
        TypeError: If a part is not a plain `OptimWrapper`.
        ValueError: If parts are missing, a part has its own accumulation or
            the name 'loss_scaler', or `shared` has an unknown option.
    """

    def __init__(
        self, parts: Dict[str, OptimWrapper], shared: OptConfigType = None
    ) -> None:
        owner = type(self).__name__
        if not parts or _SCALER in parts:
            raise ValueError(
                f'{owner}: parts={list(parts)}; give at least one part. No part '
                f"may have the name '{_SCALER}', which checkpoints use for the "
                'state of the scaler.'
            )
        for name, part in parts.items():
            if type(part) is not OptimWrapper:
                raise TypeError(
                    f'{owner}: part {name!r} is a {type(part).__name__}; it '
                    'must be a plain OptimWrapper. For mixed precision set '
                    "type='AmpOptimWrapper' for all parts together."
                )
            if part._accumulative_counts != 1:
                raise ValueError(
                    f'{owner}: part {name!r} has accumulative_counts='
                    f'{part._accumulative_counts}; all parts step together, '
                    'so set it for all of them in shared.'
                )
        super().__init__(**parts)
        for name, part in parts.items():
            if part.clip_grad_kwargs:
                part.grad_name = f'{name}.{part.grad_name}'
        self.joint = self._build_joint(dict(shared or {}))

    def _build_joint(self, shared: Dict[str, Any]) -> OptimWrapper:
        """Build MMEngine's wrapper around all optimisers."""
        owner = type(self).__name__
        kind = shared.setdefault('type', 'OptimWrapper')
        kind = str(kind if isinstance(kind, str) else getattr(kind, '__name__', kind))
        kind = kind.split('.')[-1]  # mmengine.OptimWrapper
        check_choice(owner, 'type', kind, tuple(SHARED_OPTIONS))
        for name in shared:
            if name not in ('type', *SHARED_OPTIONS[kind]):
                raise ValueError(
                    f'{owner}: {name}={shared[name]!r} is not a shared option '
                    f'of type={kind!r}; choose from '
                    f'{list(SHARED_OPTIONS[kind])}.'
                )
        if 'accumulative_counts' in shared:
            check_positive(owner, accumulative_counts=shared['accumulative_counts'])
        optimizers = _AllOptimizers(list(self.optim_wrappers.values()))
        return OPTIM_WRAPPERS.build(shared, default_args=dict(optimizer=optimizers))

    def update_params(
        self,
        loss: Tensor,
        step_kwargs: Optional[Dict] = None,
        zero_kwargs: Optional[Dict] = None,
    ) -> None:
        """Take one step of all parts, or accumulate.

        Args:
            loss (Tensor): Scalar of shape (); it is divided by the number of
                accumulated iterations.
            step_kwargs (dict, optional): Arguments of every optimiser's `step`.
            zero_kwargs (dict, optional): Arguments of every `zero_grad`.
        """
        self.joint.update_params(loss, step_kwargs, zero_kwargs)

    def backward(self, loss: Tensor, **kwargs: Any) -> None:
        """Back propagate once for all parts, scaled with mixed precision.

        Args:
            loss (Tensor): Scalar of shape (), from `scale_loss`.
            **kwargs (Any): Arguments of `Tensor.backward`.
        """
        self.joint.backward(loss, **kwargs)

    def step(self, **kwargs: Any) -> None:
        """Clip and step every part; none of them after an overflow.

        Args:
            **kwargs (Any): Arguments of every optimiser's `step`.
        """
        self.joint.step(**kwargs)

    def zero_grad(self, **kwargs: Any) -> None:
        """Reset the gradients of all parts.

        Args:
            **kwargs (Any): Arguments of every optimiser's `zero_grad`.
        """
        self.joint.zero_grad(**kwargs)

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Context with autocast, without synchronisation while accumulating.

        Args:
            model (nn.Module): The model, wrapped or not.
        """
        with self.joint.optim_context(model):
            yield

    def initialize_count_status(
        self, model: nn.Module, cur_iter: int, max_iters: int
    ) -> None:
        """Set the first and the last iteration of the training.

        Without it, gradients of the last iterations are lost if the number of
        iterations is not divisible by `accumulative_counts`.

        Args:
            model (nn.Module): The model.
            cur_iter (int): Number of finished iterations.
            max_iters (int): Number of iterations of the whole training.
        """
        self.joint.initialize_count_status(model, cur_iter, max_iters)

    def should_update(self) -> bool:
        """True if the last iteration ends with a step."""
        return self.joint.should_update()

    def should_sync(self) -> bool:
        """True if the next iteration ends with a step."""
        return self.joint.should_sync()

    def scale_loss(self, loss: Tensor) -> Tensor:
        """Divide a loss of shape () by the number of accumulated iterations."""
        return self.joint.scale_loss(loss)

    @property
    def inner_count(self) -> int:
        """Number of finished iterations."""
        return self.joint.inner_count

    def state_dict(self) -> dict:
        """State of each part by its name, and of the scaler.

        Returns:
            dict: The scaler, if any, is under `loss_scaler`.
        """
        state = super().state_dict()
        if isinstance(self.joint, AmpOptimWrapper):
            state[_SCALER] = self.joint.loss_scaler.state_dict()
        return state

    def load_state_dict(self, state_dict: dict) -> None:
        """Load a state.

        A resumed run may use another precision: a missing state of the scaler
        keeps the current one, and an unused one is ignored.

        Args:
            state_dict (dict): Result of `state_dict`; it is not changed.

        Raises:
            ValueError: If the state has other parts, e.g. after a training
                with one optimiser.
        """
        found = [name for name in state_dict if name != _SCALER]
        if set(found) != set(self.optim_wrappers):
            raise ValueError(
                f'{type(self).__name__}: the loaded state has the parts '
                f'{found}, the parts are {list(self.optim_wrappers)}. Resume '
                'with the optim_wrapper of the checkpoint, or start a new '
                'training from its weights with load_from.'
            )
        for name, part in self.optim_wrappers.items():
            part.load_state_dict(dict(state_dict[name]))
        if _SCALER in state_dict and isinstance(self.joint, AmpOptimWrapper):
            self.joint.loss_scaler.load_state_dict(state_dict[_SCALER])

    def __repr__(self) -> str:
        return (
            f'{type(self.joint).__name__} of all parts, '
            f'accumulative_counts={self.joint._accumulative_counts}\n'
            + super().__repr__()
        )
