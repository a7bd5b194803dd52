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
    """What the host's wrapper takes for its one optimiser: all of them.

    A gradient scaler looks for overflow in ``param_groups`` of what it is to
    step. Given the parts one by one it would skip those with an overflow and
    step the others; given this object it steps all or none. It has unscaled
    the gradients when it calls `step`, so that each part clips there.
    """

    def __init__(self, parts: List[OptimWrapper]) -> None:
        self.parts = parts
        self.defaults: Dict[str, Any] = {}

    @property
    def param_groups(self) -> List[dict]:
        """Groups of all optimisers."""
        return [group for part in self.parts for group in part.optimizer.param_groups]

    def step(self, **kwargs: Any) -> None:
        """Clip and step each part."""
        for part in self.parts:
            part.step(**kwargs)

    def zero_grad(self, **kwargs: Any) -> None:
        """Drop the gradients of each part."""
        for part in self.parts:
            part.zero_grad(**kwargs)


@OPTIM_WRAPPERS.register_module()
class JointOptimWrapperDict(OptimWrapperDict):
    """Several optimisers that step together on one loss.

    The host's `OptimWrapperDict` leaves backward and step to a ``train_step``
    of the model, which `MMDistributedDataParallel` never calls. Here
    `update_params` does what it does with one optimiser: one backward, then
    clipping, step and reset of the gradients of each part, so that the
    ``train_step`` of every model and of that wrapper works unchanged. Learning
    rates, momenta and schedulers stay separate, under the names of the parts.

    Mixed precision, accumulation and the synchronisation between processes
    are those of the host's wrapper named in ``shared``. There is one gradient
    scaler: an overflow anywhere makes all parts skip the step and lowers the
    scale once.

    With ``clip_grad``, norms are logged as ``{part}.grad_norm``.

    Args:
        parts (dict[str, OptimWrapper]): Wrappers by part. Each holds an
            optimiser and, optionally, ``clip_grad``; accumulation and mixed
            precision belong to ``shared``.
        shared (dict, optional): ``type``, 'OptimWrapper' or
            'AmpOptimWrapper', and the options of that wrapper:
            ``accumulative_counts`` and, for the latter, ``dtype`` and
            ``loss_scale``.

    Raises:
        TypeError: If a part is no plain `OptimWrapper`.
        ValueError: If there are no parts, if one accumulates on its own or is
            called 'loss_scaler', or if ``shared`` has an unknown option.
    """

    def __init__(
        self, parts: Dict[str, OptimWrapper], shared: OptConfigType = None
    ) -> None:
        owner = type(self).__name__
        if not parts or _SCALER in parts:
            raise ValueError(
                f'{owner}: parts={list(parts)}; give at least one, and none '
                f"the name '{_SCALER}', which the state of the scaler has in "
                'checkpoints.'
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
        """Wrapper of the host around all optimisers at once."""
        owner = type(self).__name__
        kind = shared.setdefault('type', 'OptimWrapper')
        kind = kind if isinstance(kind, str) else kind.__name__
        kind = kind.split('.')[-1]  # mmengine.OptimWrapper
        check_choice(owner, 'type', kind, tuple(SHARED_OPTIONS))
        for name in shared:
            if name not in ('type', *SHARED_OPTIONS[kind]):
                raise ValueError(
                    f'{owner}: {name}={shared[name]!r} is no option that the '
                    f'parts share with type={kind!r}; those are '
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
            loss (Tensor): Scalar; it is divided by the number of accumulated
                iterations here.
            step_kwargs (dict, optional): Arguments of every optimiser's
                ``step``.
            zero_kwargs (dict, optional): Arguments of every ``zero_grad``.
        """
        self.joint.update_params(loss, step_kwargs, zero_kwargs)

    def backward(self, loss: Tensor, **kwargs: Any) -> None:
        """Back propagate once for all parts, scaled with mixed precision.

        Args:
            loss (Tensor): Scalar, from `scale_loss`.
            **kwargs (Any): Arguments of ``Tensor.backward``.
        """
        self.joint.backward(loss, **kwargs)

    def step(self, **kwargs: Any) -> None:
        """Clip and step every part; none of them after an overflow.

        Args:
            **kwargs (Any): Arguments of every optimiser's ``step``.
        """
        self.joint.step(**kwargs)

    def zero_grad(self, **kwargs: Any) -> None:
        """Drop the gradients of all parts.

        Args:
            **kwargs (Any): Arguments of every optimiser's ``zero_grad``.
        """
        self.joint.zero_grad(**kwargs)

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Autocast, and no synchronisation while gradients accumulate.

        Args:
            model (nn.Module): The model, wrapped or not.
        """
        with self.joint.optim_context(model):
            yield

    def initialize_count_status(
        self, model: nn.Module, cur_iter: int, max_iters: int
    ) -> None:
        """Tell where the training starts and ends.

        Without it, gradients of the last iterations would be lost when the
        number of iterations is not divisible by ``accumulative_counts``.

        Args:
            model (nn.Module): The model.
            cur_iter (int): Iterations done.
            max_iters (int): Iterations at the end of the training.
        """
        self.joint.initialize_count_status(model, cur_iter, max_iters)

    def should_update(self) -> bool:
        """Whether the iterations so far end with a step."""
        return self.joint.should_update()

    def should_sync(self) -> bool:
        """Whether the next iteration ends with a step."""
        return self.joint.should_sync()

    def scale_loss(self, loss: Tensor) -> Tensor:
        """Divide a loss by the number of accumulated iterations."""
        return self.joint.scale_loss(loss)

    @property
    def inner_count(self) -> int:
        """Iterations done."""
        return self.joint.inner_count

    def state_dict(self) -> dict:
        """State of each part by its name, and of the scaler if there is one.

        Returns:
            dict: The scaler is under ``loss_scaler``.
        """
        state = super().state_dict()
        if isinstance(self.joint, AmpOptimWrapper):
            state[_SCALER] = self.joint.loss_scaler.state_dict()
        return state

    def load_state_dict(self, state_dict: dict) -> None:
        """Take over a state; it is not changed.

        A run may go on with or without mixed precision: a state without a
        scaler leaves this one's as it is, and a superfluous one is passed
        over.

        Args:
            state_dict (dict): As from `state_dict`.

        Raises:
            ValueError: If the state is not of the same parts, e.g. that of a
                training with one optimiser.
        """
        found = [name for name in state_dict if name != _SCALER]
        if set(found) != set(self.optim_wrappers):
            raise ValueError(
                f'{type(self).__name__}: the state to be loaded is of '
                f'{found}, the parts are {list(self.optim_wrappers)}. Resume '
                'with the optim_wrapper that the checkpoint was made with, '
                'or start a new training from its weights with load_from.'
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
