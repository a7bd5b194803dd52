"""Time of the methods and their hosts in torch and in ONNX Runtime."""

import copy
import os
import statistics
import tempfile
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence

import numpy as np
import torch
import torch._dynamo
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope
from torch import Tensor, nn

from ..afnet.benchmark import forced_masks
from ..afnet.cost import measure_law, weightless_copy
from ..checks import check_choice
from ..console import say
from ..recognition.accelerate import accelerate
from ..recognition.complexity import count_macs
from ..recognition.side_by_side import clock_of, ratio, time_side_by_side
from .tracing import check_packages, preparing

MODES = ('eager', 'accelerated', 'compiled', 'onnx')
_R50: Dict[str, Any] = dict(pretrained=None, pretrained2d=False, depth=50)


class Case(NamedTuple):
    """One row of the table.

    Attributes:
        base (str): Name of the case that it is divided by.
        model (dict): Config of the recognizer.
        frames (int): Frames T.
        is_2d (bool): True for `Recognizer2D`.
        share (float, optional): Of an AFNet: share of frames that are computed.
        width (int): Side of the frames in pixels in a run at 224 pixels.
    """

    base: str
    model: Dict[str, Any]
    frames: int
    is_2d: bool = True
    share: Optional[float] = None
    width: int = 224


def _tsm() -> Dict[str, Any]:
    return dict(type='ResNetTSM', num_segments=8, **_R50)


def _aknet(stage: int) -> Dict[str, Any]:
    return dict(
        type='Recognizer2D',
        backbone=dict(type='AKNet', base=_tsm(), select_stage=stage),
        cls_head=dict(
            type='AKHead',
            num_classes=174,
            in_channels=2048,
            map_channels=256 * 2**stage,
        ),
    )


def _mfnet(with_neck: bool) -> Dict[str, Any]:
    model = dict(
        type='Recognizer3D',
        backbone=dict(type='MFNet', out_indices=(2, 3) if with_neck else (3,)),
        cls_head=dict(
            type='I3DHead', num_classes=400, in_channels=768 + 672 * with_neck
        ),
    )
    return dict(model, neck=dict(type='KPSEM', in_channels=384)) if with_neck else model


def default_cases() -> Dict[str, Case]:
    """Cases of the published table by name; 8, 12, 13 and 16 frames."""
    tsm = dict(
        type='Recognizer2D',
        backbone=_tsm(),
        cls_head=dict(
            type='TSMHead', num_classes=174, in_channels=2048, num_segments=8
        ),
    )
    x3d = dict(
        type='Recognizer3D',
        backbone=dict(type='X3D', gamma_w=1, gamma_b=2.25, gamma_d=2.2),
        cls_head=dict(type='X3DHead', in_channels=432, num_classes=400, fc1_bias=False),
    )
    afnet = dict(
        type='Recognizer2D',
        backbone=dict(type='AFResNet', depth=50, num_segments=12),
        neck=dict(type='FrameSelectionNeck', num_segments=12),
        cls_head=dict(type='TSNHead', in_channels=2048, num_classes=174),
    )
    cases = {
        'TSM-R50': Case('TSM-R50', tsm, 8),
        'X3D-S': Case('TSM-R50', x3d, 13, False, width=160),
    }
    for stage in (0, 1, 2):
        cases[f'AK-Net res{stage + 2}'] = Case('TSM-R50', _aknet(stage), 8)
    for share in (1.0, 0.8, 0.5, 0.25):
        cases[f'AFNet r={share:g}'] = Case('AFNet r=1', afnet, 12, share=share)
    cases['MFNet'] = Case('MFNet', _mfnet(False), 16, False)
    cases['KPSEM on MFNet'] = Case('MFNet', _mfnet(True), 16, False)
    return cases


class _Timed(nn.Module):
    """A recognizer from frames to logits, with the selection of an AFNet given."""

    def __init__(self, model: nn.Module, case: Case) -> None:
        super().__init__()
        self.model: Any = model
        self.is_2d, self.is_forced = case.is_2d, case.share is not None
        self.frames = case.frames

    def forward(self, x: Tensor, masks: Tensor) -> Tensor:
        """Logits (N, num_classes) of frames (N, T, C, H, W) or (N, C, T, H, W).

        `masks` (T, M) have an effect for an AFNet only.
        """
        if not self.is_forced:
            x = x if self.is_2d else x[:, None]
            return self.model.extract_feat(x, stage='head')[0]
        backbone = self.model.backbone
        outs = backbone.run_stages(backbone.stem(x.flatten(0, 1)), masks)
        outs = [each.unflatten(0, (1, -1)).transpose(1, 2) for each in outs]
        feature, _ = self.model.neck(outs)
        return self.model.cls_head(feature.squeeze(2), num_segs=1)


class _Prepared(NamedTuple):
    """A case with its inputs, MACs and functions."""

    case: Case
    macs: float
    functions: Dict[str, Callable[[], Any]]


def prepare_case(
    case: Case, modes: Sequence[str], size: int, threads: int, folder: str
) -> _Prepared:
    """Build the network of a case and the functions to time.

    Args:
        case (Case): The case.
        modes (Sequence[str]): Some of `MODES`.
        size (int): Side of the frames in pixels for a `width` of 224.
        threads (int): Threads of ONNX Runtime.
        folder (str): Folder for exported files; one of the same network is reused.

    Returns:
        _Prepared: Without a function for `'compiled'` if torch cannot compile the
        network; the reason is written to the standard error.

    Raises:
        ImportError: If a package for `'onnx'` is missing.
    """
    torch.manual_seed(0)
    model = MODELS.build(copy.deepcopy(case.model)).eval()
    side = size * case.width // 224
    shape = (1, case.frames, 3, side, side)
    x = torch.rand(shape if case.is_2d else (1, 3, case.frames, side, side))
    masks = torch.zeros(case.frames, 1)
    if case.share is not None:
        masks = forced_masks(case.share, 1, case.frames, model.backbone.num_masks)
        law = measure_law(weightless_copy(model), (case.frames, 3, side, side))
        macs = law.macs(masks.mean(0).tolist())
    timed = _Timed(model, case).eval()
    if case.share is None:
        macs = count_macs(timed, x, masks)
    functions: Dict[str, Callable[[], Any]] = {}
    for mode in modes:
        if mode == 'onnx':
            functions[mode] = _session_function(timed, x, masks, threads, folder)
            continue
        network: Any = copy.deepcopy(timed)
        if mode == 'accelerated':
            accelerate(network, keep=True)
        elif mode == 'compiled':
            network = torch.compile(network, dynamic=False)
        function = _torch_function(network, x, masks)
        if mode == 'compiled':
            try:
                function()
            except RuntimeError as error:  # of torch's compiler
                kind = case.model['backbone']['type']
                reason = str(error).strip().splitlines()[0]
                say(f'torch.compile of {kind} failed: {reason}', err=True)
                continue
        functions[mode] = function
    return _Prepared(case, macs, functions)


def _torch_function(network: Any, x: Tensor, masks: Tensor) -> Callable[[], Any]:
    """Function that runs a network."""

    def function() -> Any:
        with torch.no_grad():
            return network(x, masks)

    return function


def _session_function(
    timed: _Timed, x: Tensor, masks: Tensor, threads: int, folder: str
) -> Callable[[], Any]:
    """Function that runs the exported network."""
    check_packages()
    import onnxruntime

    name = type(timed.model.backbone).__name__ + str(hash(str(timed)))
    path = os.path.join(folder, f'{name}.onnx')
    if not os.path.exists(path):
        with preparing(timed), torch.no_grad():
            program: Any = torch.onnx.export(
                timed,
                (x, masks),
                dynamo=True,
                input_names=['frames', 'masks'],
                verbose=False,
            )
            program.save(path)
    options = onnxruntime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 3, threads
    session = onnxruntime.InferenceSession(
        path, options, providers=['CPUExecutionProvider']
    )
    known = {each.name for each in session.get_inputs()}
    given: Dict[str, np.ndarray] = dict(frames=x.numpy(), masks=masks.numpy())
    given = {key: value for key, value in given.items() if key in known}
    return lambda: session.run(None, given)


def benchmark_deploy(
    cases: Optional[Dict[str, Case]] = None,
    modes: Sequence[str] = MODES,
    size: int = 224,
    threads: Sequence[int] = (1, 2),
    repeats: int = 5,
) -> Iterator[str]:
    """Time all cases in all modes in turns, batch 1 on a CPU.

    Args:
        cases (dict[str, Case], optional): Cases by name; the base of a case must be
            one of them. Default: `default_cases`.
        modes (Sequence[str]): Some of `MODES`.
        size (int): Side of the frames in pixels.
        threads (Sequence[int]): Numbers of threads.
        repeats (int): Timed rounds.

    Yields:
        str: Lines of a Markdown table. A cell is the time in milliseconds, in one
        thread the CPU time, and the median ratio to the base; `-` if torch cannot
        compile a network.

    Raises:
        ImportError: If a package for `'onnx'` is missing.
        ValueError: If a mode is unknown or a base is not timed.
    """
    for mode in modes:
        check_choice('benchmark deploy', 'mode', mode, MODES)
    cases = default_cases() if cases is None else cases
    missing = sorted({each.base for each in cases.values()} - set(cases))
    if missing:
        raise ValueError(f'benchmark deploy: add the base {", ".join(missing)}.')
    init_default_scope('mmaction')
    yield f'torch {torch.__version__}, {size} pixels, batch 1, {repeats} rounds'
    head = ' | '.join(f'{each}, ms (/ base)' for each in modes)
    yield f'| threads | model | base | GMACs | / base | {head} |'
    yield '| ---: | --- | --- | ---: | ---: |' + ' ---: |' * len(modes)
    before = torch.get_num_threads()
    try:
        with tempfile.TemporaryDirectory() as folder:
            for count in threads:
                torch.set_num_threads(count)
                # Beyond the limit torch would run further networks of the same class
                # eagerly.
                with torch._dynamo.config.patch(cache_size_limit=4 * len(cases)):
                    prepared = {
                        name: prepare_case(each, modes, size, count, folder)
                        for name, each in cases.items()
                    }
                    rows = _rows(prepared, modes, count, repeats)
                yield from rows
    finally:
        torch.set_num_threads(before)


def _rows(
    prepared: Dict[str, _Prepared], modes: Sequence[str], threads: int, repeats: int
) -> List[str]:
    """Rows of the table for one number of threads."""
    seconds = {
        mode: time_side_by_side(
            {
                name: each.functions[mode]
                for name, each in prepared.items()
                if mode in each.functions
            },
            repeats,
            clock_of(threads),
        )
        for mode in modes
    }
    rows = []
    for name, (case, macs, _) in prepared.items():
        cells = ' | '.join(_cell(seconds[mode], name, case.base) for mode in modes)
        rows.append(
            f'| {threads} | {name} | {case.base} | {macs / 1e9:.3f} | '
            f'{macs / prepared[case.base].macs:.3f} | {cells} |'
        )
    return rows


def _cell(seconds: Dict[str, List[float]], name: str, base: str) -> str:
    """Time of a case in one mode, with the ratio to its base."""
    if name not in seconds:
        return '-'
    text = f'{1e3 * statistics.median(seconds[name]):.1f}'
    return f'{text} ({ratio(seconds, name, base):.3f})' if base in seconds else text
