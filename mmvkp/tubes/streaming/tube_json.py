"""JSON files of the tubes of a stream, which `mmvkp draw tubes` reads."""

import json
import os
import re
from typing import Any, Dict, List

from ...files import replacing
from ...video.urls import is_url, mask_credentials
from ..online_tubes import LinkedTube


def tubes_content(
    name: str, tubes: List[LinkedTube], classes: List[str], info: Dict[str, Any]
) -> Dict[str, Any]:
    """Content of a file.

    Args:
        name (str): Name of the video.
        tubes (list[LinkedTube]): By rising id.
        classes (list[str]): Names of the classes.
        info (dict): `fps`, `size` (width, height), `num_frames` that were
            processed, `num_dropped`, `complete` (False if the source ended with an
            error) and, with an error, `error`.

    Returns:
        dict: `labels`, the names of the classes; `videos`, a list of
        `tube_entry` by the name of the video; `info`.
    """
    entries = [tube_entry(tube) for tube in tubes]
    return dict(labels=classes, videos={name: entries}, info=info)


def tube_entry(tube: LinkedTube) -> Dict[str, Any]:
    """A tube as plain values.

    Args:
        tube (LinkedTube): With n frames.

    Returns:
        dict: `id` from 1, `label` from 0, `score` (mean over its boxes),
        `frames` (numbers from 1, without gaps), `boxes` (`x1, y1, x2, y2` in
        pixels from 0, ends inside) and, with joints, `joints` (x and y of each,
        in pixels) and `joint_scores` of each frame.
    """
    entry = dict(
        id=tube.id,
        label=tube.label,
        score=round(tube.score, 5),
        frames=tube.frames.tolist(),
        boxes=_rounded(tube.boxes, 2),
    )
    if tube.joints is not None:
        entry['joints'] = _rounded(tube.joints, 2)
        entry['joint_scores'] = _rounded(tube.joint_scores, 3)
    return entry


def _rounded(values: Any, digits: int) -> List:
    """An array as lists of rounded numbers."""
    return values.astype(float).round(digits).tolist()


def write_json(path: str, content: Dict[str, Any]) -> None:
    """Write a JSON file, completely or not at all.

    Raises:
        TypeError: If the content has other values than JSON knows.
        ValueError: If the file cannot be written.
    """
    text = json.dumps(content)
    with replacing(path) as temporary:
        with open(temporary, 'w', encoding='utf-8') as file:
            file.write(text)


def source_name(source: str) -> str:
    """Name of a source in the file of tubes; of a URL without credentials."""
    if is_url(source) or source.isdigit():
        return mask_credentials(source)
    name = os.path.basename(os.path.abspath(source))
    return name if os.path.isdir(source) else os.path.splitext(name)[0]


def file_name(source: str, used: Dict[str, str]) -> str:
    """Name of the files of a source; equal names of different sources get a number.

    Args:
        source (str): The source.
        used (dict[str, str]): Names of earlier sources by name; it is extended.
    """
    base = re.sub(r'[^\w.-]+', '_', source_name(source)).lstrip('.') or 'source'
    number, name = 1, base
    while used.get(name, source) != source:
        number += 1
        name = f'{base}_{number}'
    used[name] = source
    return name
