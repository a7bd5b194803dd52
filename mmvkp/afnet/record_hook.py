"""Puts what an AFNet selected into the results of a test."""

from typing import Any, Dict, List, Optional

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from .base import AFBackbone
from .cost import SelectionLaw, measure_law, weightless_copy


@HOOKS.register_module()
class SelectionRecordHook(Hook):
    """Write masks and MACs into the data samples of validation and test.

    For the length of a validation or test it listens to what the backbone
    returns and completes the results:

    - ``frame_selection``: masks (V * T, M) of the video's frames, as in
      `AFResNet`, float32 on the CPU;
    - ``region_selection``: masks of regions (V * T, M, g, g), if there are;
    - ``selection_macs``: dict with the MACs of one video, ``fixed``,
      ``focal`` (a list, one per focal block with every frame computed) and
      ``skips``, whether unselected frames are really skipped.

    `ComputeCostMetric` reads these, and so does whoever loads the file that
    ``--dump`` of the test script writes.

    Raises:
        ValueError: Before validation or test, if the backbone does not
            select frames.
    """

    def __init__(self) -> None:
        self._handles: List[RemovableHandle] = []
        self._output: Optional[tuple] = None
        self._laws: Dict[tuple, SelectionLaw] = {}
        self._clone: Optional[nn.Module] = None

    def before_val(self, runner: Runner) -> None:
        """Start to listen."""
        self._listen(runner.model)

    def before_test(self, runner: Runner) -> None:
        """Start to listen."""
        self._listen(runner.model)

    def after_val(self, runner: Runner) -> None:
        """Stop listening."""
        self._stop()

    def after_test(self, runner: Runner) -> None:
        """Stop listening."""
        self._stop()

    def _listen(self, model: nn.Module) -> None:
        """Attach to backbone and recognizer."""
        self._stop()
        model = model.module if is_model_wrapper(model) else model
        backbone = getattr(model, 'backbone', None)
        if not isinstance(backbone, AFBackbone):
            raise ValueError(
                f'SelectionRecordHook: the backbone is a '
                f'{type(backbone).__name__}, which selects no frames; use '
                'AFResNet or AFMobileNetV3, or take this hook and '
                'ComputeCostMetric out.'
            )
        self._clone = weightless_copy(model)
        self._handles = [
            backbone.register_forward_hook(self._keep),
            model.register_forward_hook(self._write, with_kwargs=True),
        ]

    def _stop(self) -> None:
        """Detach, and forget what belongs to the model."""
        for handle in self._handles:
            handle.remove()
        self._handles = []
        self._output = self._clone = None
        self._laws = {}

    def _keep(self, backbone: nn.Module, args: tuple, output: tuple) -> None:
        """Keep masks until the recognizer has its results."""
        self._output = output

    def _write(self, model: nn.Module, args: tuple, kwargs: dict, samples: Any) -> None:
        """Complete the results of a batch."""
        output, self._output = self._output, None
        if kwargs.get('mode') != 'predict' or output is None:
            return
        inputs = kwargs['inputs'] if 'inputs' in kwargs else args[0]
        cost = self._cost(model.backbone, inputs)
        parts = {'frame_selection': output[-1]}
        if model.backbone.spatial is not None:
            parts['region_selection'] = output[-2]
        for name, masks in parts.items():
            for sample, mask in zip(samples, _per_video(masks, len(samples))):
                sample.set_field(mask, name, dtype=Tensor)
        for sample in samples:
            sample.set_metainfo(dict(selection_macs=cost))

    def _cost(self, backbone: AFBackbone, inputs: Tensor) -> dict:
        """MACs of one video of a batch."""
        shape = tuple(inputs.shape[1:])
        if shape not in self._laws:
            self._laws[shape] = measure_law(self._clone, shape)
        law = self._laws[shape]
        options = backbone.selection
        return dict(
            fixed=law.fixed,
            focal=list(law.focal),
            skips=options.sparse_eval and options.policy != 'soft',
        )


def _per_video(masks: Tensor, number: int) -> Tensor:
    """Split (N * V * T, ...) into (N, V * T, ...), on the CPU."""
    return masks.detach().float().cpu().unflatten(0, (number, -1))
