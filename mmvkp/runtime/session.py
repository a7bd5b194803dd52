"""Exported files and their description."""

import json
import os.path as osp
from typing import Any, Dict, List, Optional, Sequence

import numpy as np

from ..class_files import read_class_names
from ..files import check_path

# Key of the description in the metadata of a file, and its format.
METADATA_KEY, FORMAT = 'mmvkp', 1
# Graphs of an exported detector.
PARTS = ('frame', 'clip')


def part_path(path: str, part: str) -> str:
    """File of a graph of a detector.

    Args:
        path (str): OUT of `mmvkp export`, or the file of a part.
        part (str): One of `PARTS`.
    """
    stem = path[: -len('.onnx')] if path.lower().endswith('.onnx') else path
    for each in PARTS:
        stem = stem.removesuffix(f'.{each}')
    return f'{stem}.{part}.onnx'


class Session:
    """An exported graph in ONNX Runtime.

    Args:
        path (str): File of `mmvkp export`.
        num_threads (int, optional): Threads; None: as ONNX Runtime chooses.
        providers (Sequence[str]): Execution providers of ONNX Runtime.

    Attributes: `description` (dict), the metadata that the export wrote; `batch` (int,
    optional), the fixed number of samples, None for any number.

    Raises:
        FileNotFoundError: If the file is missing.
        ImportError: If onnxruntime is missing.
        ValueError: If it cannot be read, or was not written by `mmvkp export`.
    """

    def __init__(
        self,
        path: str,
        num_threads: Optional[int] = None,
        providers: Sequence[str] = ('CPUExecutionProvider',),
    ) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise ImportError(
                'exported models need onnxruntime; install it (pip install '
                'onnxruntime).'
            ) from error
        path = check_path('Session', 'path', path)
        if not osp.isfile(path):
            raise FileNotFoundError(f'no exported model {path}.')
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        if num_threads is not None:
            options.intra_op_num_threads = num_threads
        try:
            self.session: Any = onnxruntime.InferenceSession(
                path, options, providers=list(providers)
            )
        except Exception as error:  # onnxruntime has no public class of its errors
            raise ValueError(f'{path} is not a readable ONNX file: {error}') from error
        meta = self.session.get_modelmeta().custom_metadata_map
        self.description = _read_description(path, meta.get(METADATA_KEY))
        self.inputs = self.session.get_inputs()
        self.names = [each.name for each in self.session.get_outputs()]
        batch = self.inputs[0].shape[0]
        self.batch = batch if isinstance(batch, int) else None

    def run(self, *given: np.ndarray) -> Dict[str, np.ndarray]:
        """Run the graph on samples.

        A file with a fixed number of samples is run several times; missing ones are
        copies of the last one.

        Args:
            *given (np.ndarray): Inputs in the order of the graph.

        Shape:
            - given: (N, ...), N >= 1.
            - returns: (N, ...) each, by name.

        Raises:
            ValueError: If the shape does not fit the graph.
        """
        for known, x in zip(self.inputs, given):
            wanted = tuple(known.shape[1:])
            if x.shape[1:] != wanted:
                raise ValueError(
                    f'the exported model takes samples of shape {wanted}, these are '
                    f'{x.shape[1:]}; give frames of the size of the export, or export '
                    'it with such a video.'
                )
        parts: List[List[np.ndarray]] = []
        total = len(given[0])
        step = self.batch or total
        for start in range(0, total, step):
            count = min(step, total - start)
            # Missing samples are copies of the last one.
            rows = np.minimum(np.arange(start, start + step), total - 1)
            feed = {
                known.name: x if step == total else x[rows]
                for known, x in zip(self.inputs, given)
            }
            found = self.session.run(None, feed)
            parts.append([each[:count] for each in found])
        return {
            name: np.concatenate(each) for name, each in zip(self.names, zip(*parts))
        }


def _read_description(path: str, text: Optional[str]) -> Dict[str, Any]:
    """Description of a file.

    Raises:
        ValueError: If it is missing or has another format.
    """
    description = json.loads(text) if text else {}
    if description.get('format') != FORMAT:
        given = f'format {description["format"]}' if text else 'no metadata of mmvkp'
        raise ValueError(
            f'{path} has {given}, format {FORMAT} is needed; write it with `mmvkp '
            'export` of this version.'
        )
    return description


def class_names(description: Dict[str, Any], path: Optional[str]) -> List[str]:
    """Names of the classes by label.

    Args:
        description (dict): Description of an exported file.
        path (str, optional): File of names that is used instead.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If it has another number of names.
    """
    names: List[str] = description['classes']
    if path is None:
        return names
    given = read_class_names(path)
    if len(given) != len(names):
        raise ValueError(
            f'{path} has names for {len(given)} classes, the scores are for '
            f'{len(names)}; give the file of this data set.'
        )
    return given
