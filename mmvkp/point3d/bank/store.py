"""Files of the feature bank, one for each video.

An `.npz` file that `numpy.load` can read: `rows` (frames, 1 + k, C) float16, see
`frame_rows`, and `meta`, a JSON string with `format`, `version`, `network`, the
`network_digest` of the detector that made the rows, and `pipeline`, the preparation of
its frames.
"""

import json
import os
from typing import Any, Dict, NamedTuple

import numpy as np

from ...files import path_inside, replacing
from ...tubes.limits import BoundedArrays, short_text

FORMAT = 'mmvkp-feature-bank'
VERSION = 1
COMMAND = 'mmvkp data write-bank CONFIG CHECKPOINT'


class VideoBank(NamedTuple):
    """Bank of a video.

    Args:
        rows (np.ndarray): Features of all frames, float16.
        network (str): `network_digest` of the detector that made them.
        pipeline (str): Transforms of its frames.

    Shape:
        - rows: (frames, 1 + k, C); row 0 is frame 1.
    """

    rows: np.ndarray
    network: str
    pipeline: str = ''


def bank_path(folder: str, video: str) -> str:
    """Path of the file of a video.

    Args:
        folder (str): Folder of the bank.
        video (str): Name of the video, with `/` for subfolders.

    Raises:
        ValueError: If the name leads out of the folder.
    """
    return f'{path_inside(folder, video)}.npz'


def save_bank(path: str, bank: VideoBank) -> None:
    """Write the bank of a video; the file appears complete or not at all.

    Args:
        path (str): The file; its folder is created.
        bank (VideoBank): Its content.
    """
    meta = dict(
        format=FORMAT, version=VERSION, network=bank.network, pipeline=bank.pipeline
    )
    with replacing(path) as temporary:
        np.savez(
            temporary,
            rows=bank.rows.astype(np.float16),
            meta=np.array(json.dumps(meta)),
        )


def load_bank(path: str) -> VideoBank:
    """Read the bank of a video without running code from the file.

    Args:
        path (str): The file.

    Raises:
        FileNotFoundError: If it does not exist.
        ValueError: If it is damaged or has another format.
    """
    arrays = _open(path)
    meta = _meta_of(arrays)
    rows = arrays.read('rows')
    if rows.dtype != np.float16 or rows.ndim != 3 or 0 in rows.shape:
        raise ValueError(
            f'{path}: rows are {rows.dtype} {rows.shape}; float16 (frames, 1 + k, C) '
            f'is required. Delete the file and write it again: {_remedy(path)}'
        )
    if not np.isfinite(rows).all():
        raise ValueError(
            f'{path}: rows are not finite. Delete the file and write it again: '
            f'{_remedy(path)}'
        )
    return VideoBank(rows, str(meta.get('network')), str(meta.get('pipeline')))


def _remedy(path: str) -> str:
    """Command that writes the file."""
    return f'{COMMAND} {os.path.dirname(path) or "."} (or its parent folder).'


def _open(path: str) -> BoundedArrays:
    """Arrays of a file."""
    if not os.path.isfile(path):
        raise FileNotFoundError(
            f'no feature bank {path}. Write the bank with the first-pass detector: '
            f'{_remedy(path)}'
        )
    try:
        arrays = BoundedArrays(path)
        if 'rows' not in arrays or 'meta' not in arrays:
            raise ValueError(f'{path}: has no rows or no meta.')
        return arrays
    except ValueError as error:
        raise ValueError(
            f'{error} It is not a feature bank; delete it and write it again: '
            f'{_remedy(path)}'
        ) from error


def _meta_of(arrays: BoundedArrays) -> Dict[str, Any]:
    """Meta of a file, after a check of the format."""
    try:
        meta = json.loads(str(arrays.read('meta')))
    except (ValueError, RecursionError) as error:
        raise ValueError(
            f'{arrays.path}: meta cannot be read ({short_text(error)}); write the '
            f'file again: {_remedy(str(arrays.path))}'
        ) from error
    meta = meta if isinstance(meta, dict) else {}
    if meta.get('format') != FORMAT or meta.get('version') != VERSION:
        raise ValueError(
            f'{arrays.path}: format {meta.get("format")!r}, version '
            f'{meta.get("version")!r}; {FORMAT!r} and {VERSION} are required. Write '
            f'the file again: {_remedy(str(arrays.path))}'
        )
    return meta
