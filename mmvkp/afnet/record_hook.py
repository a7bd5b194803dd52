"""Hook that adds the masks and MACs of an AFNet to the results of a test."""

from typing import Any, Dict, List, Optional, cast

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from .base import AFBackbone, unwrap
from .checkpoint_check import check_recognizer_weights
from .cost import SelectionLaw, measure_law, weightless_copy


@HOOKS.register_module()
class SelectionRecordHook(Hook):
    """Add masks and MACs to the data samples of validation and test.

    During validation and test the hook records the output of the backbone and adds:

    - `frame_selection`: masks (V * T, M) of the frames of the video, as in
      `AFResNet`, float32 on the CPU;
    - `region_selection`: masks of regions (V * T, M, g, g), with `spatial_cfg`;
    - `selection_macs`: dict with the MACs of one video, `fixed`, `focal` (a list,
      one value per focal block, for all frames) and `skips`, True if frames that
      are not selected are skipped.

    They are read by `ComputeCostMetric` and saved by `--dump` of the test script.

    A checkpoint whose entries outside the backbone do not fit is refused when it is
    loaded; a classifier of another size is reported. The backbone checks its own.

    Raises:
        ValueError: Before validation or test, if the backbone does not select
            frames; after loading a checkpoint that does not fit.
    """

    def __init__(self) -> None:
        self._handles: List[RemovableHandle] = []
        self._output: Optional[tuple] = None
        self._laws: Dict[tuple, SelectionLaw] = {}
        self._clone: Optional[nn.Module] = None

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Refuse weights that do not fit; report a classifier of another size."""
        weights = checkpoint.get('state_dict', checkpoint)
        model = unwrap(runner.model)
        if not isinstance(getattr(model, 'backbone', None), AFBackbone):
            return
        for line in check_recognizer_weights(model, weights):
            runner.logger.warning(
                'SelectionRecordHook: the classifier of the checkpoint has another '
                f'size and is not loaded ({line}).'
            )

    def before_val(self, runner: Runner) -> None:
        """Start recording."""
        self._start(runner.model)

    def before_test(self, runner: Runner) -> None:
        """Start recording."""
        self._start(runner.model)

    def after_val(self, runner: Runner) -> None:
        """Stop recording."""
        self._stop()

    def after_test(self, runner: Runner) -> None:
        """Stop recording."""
        self._stop()

    def _start(self, model: nn.Module) -> None:
        """Attach to the backbone and the recognizer."""
        self._stop()
        model = unwrap(model)
        backbone = getattr(model, 'backbone', None)
        if not isinstance(backbone, AFBackbone):
            raise ValueError(
                f'SelectionRecordHook: the backbone is a '
                f'{type(backbone).__name__}, which does not select frames; use '
                'AFResNet or AFMobileNetV3, or take this hook and '
                'ComputeCostMetric out.'
            )
        self._clone = weightless_copy(model)
        self._handles = [
            backbone.register_forward_hook(self._keep),
            model.register_forward_hook(self._write, with_kwargs=True),
        ]

    def _stop(self) -> None:
        """Detach, and release the copy of the model."""
        for handle in self._handles:
            handle.remove()
        self._handles = []
        self._output = self._clone = None
        self._laws = {}

    def _keep(self, backbone: nn.Module, args: tuple, output: tuple) -> None:
        """Store the masks until the recognizer returns its results."""
        self._output = output

    def _write(self, model: nn.Module, args: tuple, kwargs: dict, samples: Any) -> None:
        """Add masks and MACs to the results of a batch."""
        output, self._output = self._output, None
        if kwargs.get('mode') != 'predict' or output is None:
            return
        inputs = kwargs['inputs'] if 'inputs' in kwargs else args[0]
        backbone = cast(AFBackbone, model.backbone)
        cost = self._cost(backbone, inputs)
        parts = {'frame_selection': output[-1]}
        if backbone.spatial is not None:
            parts['region_selection'] = output[-2]
        for name, masks in parts.items():
            for sample, mask in zip(samples, _per_video(masks, len(samples))):
                sample.set_field(mask, name, dtype=Tensor)
        for sample in samples:
            sample.set_metainfo(dict(selection_macs=cost))

    def _cost(self, backbone: AFBackbone, inputs: Tensor) -> dict:
        """MACs of one video of a batch."""
        shape = tuple(inputs.shape[1:])
        if shape not in self._laws and self._clone is not None:
            self._laws[shape] = measure_law(self._clone, shape)
        law = self._laws[shape]
        options = backbone.selection
        return dict(
            fixed=law.fixed,
            focal=list(law.focal),
            skips=options.sparse_eval and options.policy != 'soft',
        )


def _per_video(masks: Tensor, number: int) -> Tensor:
    """Reshape masks (N * V * T, ...) to (N, V * T, ...), on the CPU."""
    return masks.detach().float().cpu().unflatten(0, (number, -1))
