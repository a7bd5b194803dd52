"""Readers of annotations of tubes, one for each layout.

Each takes the sources and the options of ``convert_tubes.py`` and returns what
it found.
"""

from .ava_csv import read_ava_csv
from .coco_video import read_coco_video
from .cvat_xml import read_cvat_xml
from .jhmdb_puppet import read_jhmdb_puppet
from .txt_folders import read_txt_folders
from .ucf_matlab import read_final_annots, read_pyannot

FORMATS = {
    'pyannot': read_pyannot,
    'final-annots': read_final_annots,
    'txt-folders': read_txt_folders,
    'ava-csv': read_ava_csv,
    'coco-video': read_coco_video,
    'cvat-xml': read_cvat_xml,
    'jhmdb-puppet': read_jhmdb_puppet,
}

__all__ = ['FORMATS']
