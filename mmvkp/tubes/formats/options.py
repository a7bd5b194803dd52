"""Options of the annotation readers."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Optional, Sequence

from .media import Media


@dataclass
class FormatOptions:
    """Options of all readers; each reader uses the options of its format.

    Args:
        media (Media): Source of sizes and lengths.
        label_map (dict[int, str], optional): Class names by number, see
            `read_label_map`.
        max_gap (int): Longest gap in frames that is interpolated. A longer gap
            splits the tube.
        fps (float, optional): ava-csv and via: frames per second; None: the times
            of the video files, without them 30 for ava-csv.
        start (int): ava-csv: second of the first frame.
        exclude (Sequence[Path]): ava-csv: tables of excluded timestamps.
        first_frame (int, optional): coco-video, mots and via: number of the first
            frame; None: found in the source.
        hull (bool): cvat-xml and datumaro: take the upright hull of polygons, masks,
            skeletons and other shapes.
        coordinates (str): txt-folders: `pixels`; `centre-size` or `corners` for
            shares of the frame.
        first_class (int): txt-folders: number of the first class.
        iou_threshold (float): txt-folders and via: IoU from which boxes of successive
            frames belong to one tube.
        first_pixel (int, optional): mot: coordinate of the first pixel; None: 0 for
            files beside a `labels.txt`, else 1.
        attribute (str, optional): cvat-xml and via: attribute with the class name;
            None: the label of the track, or an attribute with a usual name.
        jhmdb_splits (Path, optional): jhmdb-puppet: folder of the split files.
    """

    media: Media = field(default_factory=Media)
    label_map: Optional[Dict[int, str]] = None
    max_gap: int = 0
    fps: Optional[float] = None
    start: int = 900
    exclude: Sequence[Path] = ()
    first_frame: Optional[int] = None
    hull: bool = False
    coordinates: str = 'pixels'
    first_class: int = 1
    iou_threshold: float = 0.3
    first_pixel: Optional[int] = None
    attribute: Optional[str] = None
    jhmdb_splits: Optional[Path] = None

    @property
    def labels(self) -> Optional[List[str]]:
        """Class names in the order of the label map; None without one."""
        return None if self.label_map is None else list(self.label_map.values())
