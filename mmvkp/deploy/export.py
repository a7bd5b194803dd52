"""Export of a recognizer to an ONNX file, compared with torch."""

import copy
import json
import os
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from torch import nn

from ..checks import check_choice, check_positive
from ..files import check_writable, replacing
from ..recognition.footage import Footage
from ..recognition.inferencer import check_classifier, detector_of
from ..recognition.loading import class_names_of, load_config, load_recognizer
from ..recognition.sample_reader import SampleReader
from ..runtime.recognizer import Recognizer, average_views, read_views
from ..runtime.session import FORMAT, METADATA_KEY
from ..version import __version__
from .compare import TOLERANCES, compare, relative_difference
from .export_tubes import export_tubes
from .graphs import RecognizerGraph
from .pipeline import describe_pipeline, has_fixed_size
from .sample_frames import sample_footage
from .tracing import check_packages, trace_graph


class Sample(NamedTuple):
    """A video as the networks see it.

    Attributes:
        footage (Footage): The video.
        content (dict): Output of the test pipeline.

    Shape:
        - views: (V, ...), see `mmvkp.runtime.preparation.prepare`.
    """

    footage: Footage
    content: Dict[str, Any]
    views: np.ndarray


def export_model(
    config: str,
    checkpoint: Optional[str],
    out: str,
    precision: str = 'fp32',
    batch: Optional[int] = None,
    video: Optional[str] = None,
    size: Optional[Tuple[int, int]] = None,
    classes: Optional[str] = None,
) -> List[str]:
    """Export a recognizer and compare the file with torch before it is written.

    A Point3D is written as two files, see `export_tubes`.

    Args:
        config (str): Config, or name of a recipe.
        checkpoint (str, optional): Its weights. None: random ones.
        out (str): ONNX file to write.
        precision (str): `'fp32'` or `'fp16'`. Input and outputs are always float32.
        batch (int, optional): Fixed number of views per run. None: any number.
        video (str, optional): Video of the comparison. Default: generated frames.
        size (tuple[int, int], optional): Width and height of generated frames.
        classes (str, optional): File of class names, one per line.

    Returns:
        list[str]: Result of the comparison.

    Raises:
        FileNotFoundError: If a file is missing.
        ImportError: If onnx, onnxruntime or onnxscript is missing.
        ValueError: If the model cannot be exported, or the exported one differs.
    """
    check_choice('export', 'precision', precision, tuple(TOLERANCES))
    if batch is not None:
        check_positive('export', batch=batch)
    if not out.lower().endswith('.onnx'):
        raise ValueError(f'export: {out} must end in .onnx.')
    check_packages()
    check_writable(out)
    cfg = load_config(config)
    if detector_of(cfg) is not None:
        return export_tubes(
            cfg, checkpoint, out, precision, batch, video, size, classes
        )
    reader = SampleReader(cfg)
    model = load_recognizer(cfg, checkpoint)
    head = check_classifier('export', cfg.model.type, model)
    head.average_clips = 'prob'
    description = describe_pipeline(reader, model.data_preprocessor)
    description.update(
        format=FORMAT,
        version=__version__,
        kind='recognizer',
        precision=precision,
        batch=batch,
        classes=class_names_of(cfg, head.num_classes, classes, model),
    )
    if video is None and size is None and not has_fixed_size(description):
        raise ValueError(
            'export: the test pipeline does not fix the size of the frames; give '
            '--video of this size, or --size WIDTH HEIGHT.'
        )
    sample = read_sample(reader, model, description, sample_footage(video, size))
    description['average'] = find_average(model, description, sample)
    program = export_graph(model, description, sample.views, batch)
    program.model.metadata_props[METADATA_KEY] = json.dumps(description)
    with replacing(out) as temporary:
        program.save(temporary)
        lines = check_file(temporary, model, description, sample, classes)
        megabytes = os.path.getsize(temporary) / 1e6
    return [*lines, f'{out}: {megabytes:.1f} MB, {precision}']


def read_sample(
    reader: SampleReader, model: Any, description: Dict[str, Any], footage: Footage
) -> Sample:
    """Read a video with the pipeline and with the runtime.

    Args:
        reader (SampleReader): The test pipeline.
        model (nn.Module): Recognizer.
        description (dict): Result of `describe_pipeline`.
        footage (Footage): The video.

    Raises:
        ValueError: If both differ.
    """
    content = reader.read_part(footage, 0, len(footage.times))
    numbers = content['data_samples'].metainfo.get('frame_inds')
    inputs = model.data_preprocessor(pseudo_collate([content]))['inputs'][0].numpy()
    views = read_views(footage, 0, len(footage.times), description)
    inputs = inputs.reshape(views.shape) if inputs.size == views.size else inputs
    if inputs.shape != views.shape or np.abs(inputs - views).max() > 1e-5:
        raise ValueError(
            f'export: the test pipeline of the config gives other pixels than the '
            f'runtime (shapes {inputs.shape} and {views.shape}, frames {numbers}).'
        )
    return Sample(footage, content, views)


def find_average(model: Any, description: Dict[str, Any], sample: Sample) -> str:
    """Kind of average over the views of a video.

    Returns:
        str: `'prob'`: mean of the probabilities; `'score'`: softmax of the mean
        logits.

    Raises:
        ValueError: If it does something else.
    """
    expected = predict(model, sample)
    logits = _outputs_of_torch(model, description, sample.views)['logits']
    if logits.ndim == 2:
        for kind in ('prob', 'score'):
            if relative_difference(average_views(logits, kind), expected) < 1e-4:
                return kind
    raise ValueError(
        'export: the scores of the recognizer are not a mean over its '
        f'{len(logits)} views; use a head with one vector of scores per view and a '
        'test_cfg without fcn_test.'
    )


def predict(model: Any, sample: Sample) -> np.ndarray:
    """Probabilities of a video, by the recognizer.

    Shape:
        - returns: (num_classes,).
    """
    with torch.no_grad():
        result = model.test_step(pseudo_collate([copy.deepcopy(sample.content)]))
    return result[0].pred_score.float().numpy()


def export_graph(
    model: nn.Module,
    description: Dict[str, Any],
    views: np.ndarray,
    batch: Optional[int],
) -> Any:
    """Export the network.

    Args:
        model (nn.Module): Recognizer.
        description (dict): Result of `describe_pipeline`, with `precision`.
        views (np.ndarray): Example.
        batch (int, optional): Fixed number of views, or None.

    Shape:
        - views: (V, ...).

    Returns:
        torch.onnx.ONNXProgram: The graph.

    Raises:
        ValueError: If torch cannot export it.
    """
    dtype, original = torch.float32, model
    if description['precision'] == 'fp16':
        dtype, model = torch.float16, copy.deepcopy(model).half()
    graph = RecognizerGraph(model, description, dtype).eval()
    with torch.no_grad():
        first = torch.from_numpy(views[:1])
        found = RecognizerGraph(original, description).named_outputs(first)
    names = [name for name in found if name != '_map']
    return trace_graph(graph, dict(frames=views), names, batch)


def check_file(
    path: str,
    model: nn.Module,
    description: Dict[str, Any],
    sample: Sample,
    classes: Optional[str] = None,
) -> List[str]:
    """Compare an exported file with torch.

    The views of the sample, and the same mirrored, reversed in time and darker, are
    compared; then the probabilities of the whole video. If rounding decides between
    cells of equal value, torch computes again with the points of the file.

    Args:
        path (str): The file.
        model (nn.Module): Recognizer.
        description (dict): Its description.
        sample (Sample): A video.
        classes (str, optional): File of class names.

    Returns:
        list[str]: One line for each output.

    Raises:
        ValueError: If they differ by more than allowed.
    """
    recognizer = Recognizer(path, classes)
    if recognizer.session.batch != description['batch']:
        raise ValueError(
            'export: torch fixed the number of views of this model at '
            f'{recognizer.session.batch}; give --batch.'
        )
    time_axis = 1 if description['layout'] == 'NTCHW' else 2
    changed = np.flip(0.8 * sample.views, (time_axis, -1))
    inputs = np.ascontiguousarray(np.concatenate((sample.views, changed)))
    found = recognizer.session.run(inputs)
    expected = _outputs_of_torch(model, description, inputs)
    with_points = expected
    if any(
        name in found and not np.array_equal(found[name], expected[name])
        for name in ('points', 'key_points')
    ):
        with_points = _outputs_of_torch(model, description, inputs, found)
        logits = with_points['logits'][: len(sample.views)]
        scores = average_views(logits, description['average'])
    else:
        scores = predict(model, sample)
    lines = compare(found, expected, description['precision'], with_points)
    ours = recognizer.scores([recognizer.read(sample.footage)])[0]
    difference = float(np.abs(ours - scores).max())
    tolerance = TOLERANCES[description['precision']]
    if difference > tolerance:
        raise ValueError(
            f'export: the probabilities of the sample differ by {difference:.1e}, '
            f'allowed {tolerance:.0e}; no file was written.'
        )
    return [*lines, f'probabilities of the sample: largest difference {difference:.1e}']


def _outputs_of_torch(
    model: nn.Module,
    description: Dict[str, Any],
    views: np.ndarray,
    given: Optional[Dict[str, np.ndarray]] = None,
) -> Dict[str, np.ndarray]:
    """Outputs of torch in single precision, for its own points or those given.

    Shape:
        - views, given: see `RecognizerGraph`.
    """
    others = {name: torch.from_numpy(each) for name, each in (given or {}).items()}
    graph = RecognizerGraph(model, description)
    with torch.no_grad():
        found = graph.named_outputs(torch.from_numpy(views), others)
    return {name: each.numpy() for name, each in found.items()}
