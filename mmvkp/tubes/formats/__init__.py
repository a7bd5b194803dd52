"""Readers of annotation formats, one module for each."""

from pathlib import Path
from typing import Callable, Dict, List, NamedTuple

from .ava_csv import read_ava_csv
from .coco_video import read_coco_video
from .cvat_xml import read_cvat_xml
from .datumaro_json import read_datumaro
from .found import Found
from .jhmdb_puppet import read_jhmdb_puppet
from .label_studio import read_label_studio
from .mot import read_mot, read_mots
from .options import FormatOptions
from .txt_folders import read_txt_folders
from .ucf_matlab import read_final_annots, read_pyannot
from .via import read_via


class Format(NamedTuple):
    """A reader and its source.

    Args:
        read (Callable): Reads the sources.
        source (str): Description of a source for the help.
        has_splits (bool): A source may name its training videos.
    """

    read: Callable[[List[Path], FormatOptions], Found]
    source: str
    has_splits: bool = False


FORMATS: Dict[str, Format] = {
    'pyannot': Format(
        read_pyannot,
        'pyannot.pkl or pyannot_with_class_names.pkl of the corrected UCF101-24',
        has_splits=True,
    ),
    'final-annots': Format(read_final_annots, 'finalAnnots.mat of UCF101-24'),
    'txt-folders': Format(
        read_txt_folders,
        'folder of CLASS/VIDEO/00001.txt with lines "class x1 y1 x2 y2"',
    ),
    'ava-csv': Format(read_ava_csv, 'tables of AVA; --labels is required'),
    'coco-video': Format(
        read_coco_video, 'JSON of COCO for videos: CocoVID, TAO, YouTube-VIS'
    ),
    'cvat-xml': Format(
        read_cvat_xml, 'XML of CVAT, "CVAT for video 1.1", or a folder of such files'
    ),
    'label-studio': Format(
        read_label_studio, 'JSON or JSON_MIN of Label Studio, video object tracking'
    ),
    'mot': Format(read_mot, 'MOT: <sequence>/gt/gt.txt'),
    'mots': Format(read_mots, 'text files of MOTS; masks become boxes'),
    'via': Format(
        read_via, 'JSON or CSV of the VGG Image Annotator 2 and 3, and VGG tracks'
    ),
    'datumaro': Format(read_datumaro, 'JSON of Datumaro, annotations/*.json'),
    'jhmdb-puppet': Format(read_jhmdb_puppet, 'folder puppet_mask of JHMDB'),
}

__all__ = ['FORMATS', 'Format', 'FormatOptions', 'Found']
