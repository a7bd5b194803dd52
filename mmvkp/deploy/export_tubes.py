"""Export of a Point3D to two ONNX files, compared with torch."""

import copy
import json
import os
import tempfile
import uuid
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np
import torch
from mmengine.config import Config

from ..files import check_writable
from ..point3d.bank.rows import network_digest
from ..point3d.streaming.inferencer import TubeInferencer
from ..recognition.footage import Footage
from ..runtime.preparation import prepare
from ..runtime.session import FORMAT, METADATA_KEY, Session, part_path
from ..runtime.tube_detector import TubeDetector
from ..tubes.streaming.predictor import TubeOptions
from ..version import __version__
from .compare import compare, compare_detections
from .pipeline import Resize, describe_normalisation, describe_steps
from .sample_frames import sample_footage
from .tracing import trace_graph
from .tube_graphs import ClipGraph, FrameGraph

# Frames of the comparison after the first clip.
_MORE = 4


def export_tubes(
    config: Config,
    checkpoint: Optional[str],
    out: str,
    precision: str = 'fp32',
    batch: Optional[int] = None,
    video: Optional[str] = None,
    size: Optional[Tuple[int, int]] = None,
    classes: Optional[str] = None,
) -> List[str]:
    """Export a Point3D; arguments and errors as for `export_model`.

    For `out` = model.onnx the files are model.frame.onnx, see `FrameGraph`, and
    model.clip.onnx, see `ClipGraph`, which is left out without 3D head. Features,
    rows of a bank, and waiting frames are stored outside the graphs. `size` is the
    size of the frames, before the Resize of the test pipeline.
    """
    paths = [part_path(out, 'frame'), part_path(out, 'clip')]
    for path in paths:
        check_writable(path)
    inferencer = TubeInferencer(config, checkpoint, classes=classes)
    check_detector(inferencer.model)
    description = describe_detector(inferencer)
    description.update(precision=precision, batch=batch)
    if video is None and size is None and not _fixes_size(description):
        raise ValueError(
            'export: the test pipeline does not fix the size of the frames; give '
            '--video of this size, or --size WIDTH HEIGHT.'
        )
    images = _read(sample_footage(video, size), inferencer)
    frames = frame_inputs(inferencer, images, description)
    clips = clip_inputs(inferencer, frames)
    dtype, model = torch.float32, inferencer.model
    if precision == 'fp16':
        dtype, model = torch.float16, copy.deepcopy(model).half()
    parts: List[Any] = [(FrameGraph, dict(frames=frames))]
    if description['has_clips']:
        parts.append((ClipGraph, clips))
    programs = []
    for kind, given in parts:
        names = list(_expected(kind(inferencer.model), given))
        programs.append(trace_graph(kind(model, dtype).eval(), given, names, batch))
    for program in programs:
        program.model.metadata_props[METADATA_KEY] = json.dumps(description)
    folder = os.path.dirname(os.path.abspath(out))
    os.makedirs(folder, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as room:
        written = [os.path.join(room, os.path.basename(each)) for each in paths]
        for program, path in zip(programs, written):
            program.save(path)
        lines = _compare_graphs(
            written[: len(programs)], inferencer.model, frames, clips, precision
        )
        detector = TubeDetector(written[0], classes=classes)
        pairs = [(detector.detect(each), inferencer.detect(each)) for each in images]
        lines.append(compare_detections(pairs, precision))
        for path, final in zip(written[: len(programs)], paths):
            lines.append(f'{final}: {os.path.getsize(path) / 1e6:.1f} MB, {precision}')
            os.replace(path, final)
    return lines


def check_detector(model: Any) -> None:
    """Refuse a Point3D that the graphs cannot compute.

    Args:
        model (Point3D): The model.

    Raises:
        ValueError: If its 3D head classifies actors.
    """
    if model.cls_head is not None and model.cls_head.cls_mode == 'actor':
        raise ValueError(
            "export: cls_mode='actor' of Point3DClsHead crops the map of the clip to "
            "each actor and cannot be exported; cls_mode='clip' can."
        )


def describe_detector(inferencer: TubeInferencer) -> Dict[str, Any]:
    """Metadata of both files.

    Args:
        inferencer (TubeInferencer): The detector.

    Raises:
        ValueError: If its test pipeline or preprocessor cannot be exported.
    """
    model, shape = inferencer.model, inferencer.network.shape
    resizes = [each for each in inferencer.pipeline.transforms if type(each) is Resize]
    return dict(
        format=FORMAT,
        version=__version__,
        kind='detector',
        network=f'{network_digest([model])} {uuid.uuid4()}',
        classes=inferencer.classes,
        steps=describe_steps(resizes),
        frames=1,
        layout='NTCHW',
        **describe_normalisation(model.data_preprocessor),
        clip_len=shape.clip_len,
        frame_interval=shape.frame_interval,
        stride=model.point_head.stride,
        decoding=model.point_head.test_cfg,
        max_per_frame=model.test_cfg['max_per_frame'],
        score_thr=model.test_cfg['score_thr'],
        has_clips=model.cls_head is not None or model.point_input == 'twa',
        point_input=model.point_input,
        bank=None if model.bank is None else model.bank.shape,
        link=TubeOptions().link()._asdict(),
    )


def _read(footage: Footage, inferencer: TubeInferencer) -> List[np.ndarray]:
    """Frames of a clip and some more; a short video is repeated."""
    count = inferencer.ring.capacity + _MORE
    return list(footage.read(np.arange(count) % len(footage.times)))


def frame_inputs(
    inferencer: TubeInferencer, images: List[np.ndarray], description: Dict[str, Any]
) -> np.ndarray:
    """Inputs of the first graph from the test pipeline.

    Args:
        inferencer (TubeInferencer): The detector.
        images (list[np.ndarray]): Frames.
        description (dict): Result of `describe_detector`.

    Shape:
        - images: (H, W, 3) each, uint8, RGB.
        - returns: (F, 3, H', W'), float32.

    Raises:
        ValueError: If the runtime would give other pixels.
    """
    packed = [inferencer.pipeline(each, 1)['inputs'] for each in images]
    data = dict(inputs=packed, data_samples=[])
    found = inferencer.model.data_preprocessor(data)['inputs'][:, :, 0].numpy()
    expected = np.concatenate([prepare([each], description)[0] for each in images])
    if found.shape != expected.shape or np.abs(found - expected).max() > 1e-5:
        raise ValueError(
            'export: the test pipeline of the config gives other pixels than the '
            f'runtime (shapes {found.shape} and {expected.shape}).'
        )
    return found


def clip_inputs(inferencer: TubeInferencer, frames: np.ndarray) -> Dict[str, Any]:
    """Inputs of the second graph by name: the first frames, and others reversed.

    Args:
        inferencer (TubeInferencer): The detector.
        frames (np.ndarray): Result of `frame_inputs`.

    Shape:
        - frames: (F, 3, H, W), F >= T + 1.
        - returns: (2, ...) each, see `ClipGraph`.
    """
    model, length = inferencer.model, inferencer.ring.clip_len
    with torch.no_grad():
        maps = model.extract_frames(torch.from_numpy(frames))[-1]
        clips = torch.stack((maps[:length], maps[-length:].flip(0)))
        inputs = dict(clips=clips.numpy())
        if model.point_input == 'twa':
            inputs['place'] = np.array([length - 1, length // 2])
        if model.bank is not None:
            rows = np.zeros((2, *model.bank.shape), np.float32)
            given = model.bank_rows(maps[:length], model.bank.num_centers).numpy()
            count = min(length, rows.shape[1])
            rows[:, -count:] = given[-count:]
            inputs.update(rows=rows, present=rows.any((2, 3)))
    return inputs


def _expected(graph: Any, given: Dict[str, np.ndarray]) -> Dict[str, np.ndarray]:
    """Outputs of torch by name."""
    with torch.no_grad():
        found = graph.named_outputs(
            *(torch.from_numpy(each) for each in given.values())
        )
    return {name: each.numpy() for name, each in found.items()}


def _compare_graphs(
    paths: Sequence[str],
    model: Any,
    frames: np.ndarray,
    clips: Dict[str, Any],
    precision: str,
) -> List[str]:
    """Compare the outputs of the graphs with torch's."""
    changed = np.flip(0.8 * frames, (0, -1))
    given = dict(frames=np.ascontiguousarray(np.concatenate((frames, changed))))
    lines: List[str] = []
    for path, kind, each in zip(paths, (FrameGraph, ClipGraph), (given, clips)):
        expected = _expected(kind(model), each)
        lines += compare(Session(path).run(*each.values()), expected, precision)
    return lines


def _fixes_size(description: Dict[str, Any]) -> bool:
    """True if all frames get one size."""
    return any(each['keep_ratio'] is False for each in description['steps'])
