"""Readers of annotation formats, one module for each."""

from pathlib import Path
from typing import Callable, Dict, List, NamedTuple

from .ava_csv import read_ava_csv
from .coco_video import read_coco_video
from .cvat_xml import read_cvat_xml
from .found import Found
from .jhmdb_puppet import read_jhmdb_puppet
from .options import FormatOptions
from .txt_folders import read_txt_folders
from .ucf_matlab import read_final_annots, read_pyannot


class Format(NamedTuple):
    """A reader and its source.

    Args:
        read (Callable): Reads the sources.
        source (str): Description of a source for the help.
    """

    read: Callable[[List[Path], FormatOptions], Found]
    source: str


FORMATS: Dict[str, Format] = {
    'pyannot': Format(read_pyannot, 'pyannot.pkl of the corrected UCF101-24'),
    'final-annots': Format(read_final_annots, 'finalAnnots.mat of UCF101-24'),
    'txt-folders': Format(
        read_txt_folders,
        'folder of CLASS/VIDEO/00001.txt with lines "class x1 y1 x2 y2"',
    ),
    'ava-csv': Format(read_ava_csv, 'tables of AVA; --labels is required'),
    'coco-video': Format(read_coco_video, 'JSON of COCO for videos (CocoVID)'),
    'cvat-xml': Format(
        read_cvat_xml, 'XML of CVAT, "CVAT for video 1.1", or a folder of such files'
    ),
    'jhmdb-puppet': Format(read_jhmdb_puppet, 'folder puppet_mask of JHMDB'),
}

__all__ = ['FORMATS', 'Format', 'FormatOptions', 'Found']
