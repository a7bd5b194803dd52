"""Reader of CVAT's XML, format "CVAT for video 1.1".

Tracks have boxes `xtl, ytl, xbr, ybr` in pixels, from the outer edge of the
first pixel to the outer edge of the last one. Frames count from 0. A box with
`outside="1"` marks a frame without the actor.

Source: docs.cvat.ai, XML annotation format.
"""

import re
from pathlib import Path
from typing import Dict, List, Optional, Tuple
from xml.parsers import expat

import numpy as np

from .. import limits
from .found import Found
from .options import FormatOptions


class _Reader:
    """Parser of one file.

    Args:
        path (Path): The file.
        found (Found): Faults are added to it.
        attribute (str, optional): Attribute of the boxes with the class
            name; the label of the track if None.
    """

    def __init__(self, path: Path, found: Found, attribute: Optional[str]) -> None:
        self.path, self.found, self.attribute = path, found, attribute
        self.meta: Dict[str, int] = {}
        # Boxes of each track by class and frame.
        self.tracks: List[Dict[str, Dict[int, np.ndarray]]] = []
        self.place: List[str] = []
        self.label, self.text = '', ''
        self.box: Optional[Tuple[int, np.ndarray]] = None
        self.name, self.naming, self.source = '', False, ''
        self.parser = expat.ParserCreate()
        self.parser.StartDoctypeDeclHandler = self.refuse
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.data

    def read(self) -> None:
        """Parse the file.

        Raises:
            ValueError: If it is not well formed, or has another format.
        """
        limits.check_size(self.path, limits.MAX_JSON_BYTES)
        try:
            with open(self.path, 'rb') as file:
                self.parser.ParseFile(file)
        except (expat.ExpatError, LookupError) as error:
            raise ValueError(f'{self.path}: not readable as XML: {error}.') from error

    def refuse(self, *_: object) -> None:
        """Refuse entities: they can name other files or grow without end."""
        raise ValueError(
            f'{self.path}, line {self.parser.CurrentLineNumber}: has a document '
            'type declaration. CVAT does not write it; it is refused because it '
            'can name other files.'
        )

    def fault(self, what: str) -> None:
        """Note a fault at the current line."""
        self.found.faults.append(
            f'{self.path}, line {self.parser.CurrentLineNumber}: {what}'
        )

    def start(self, tag: str, attrs: Dict[str, str]) -> None:
        """Handle the start of an element."""
        self.place.append(tag)
        self.text = ''
        if len(self.place) > limits.MAX_XML_DEPTH:
            raise self.too_large(f'{limits.MAX_XML_DEPTH} nested elements')
        if tag == 'image':
            raise ValueError(
                f'{self.path}: is "CVAT for images"; export '
                '"CVAT for video 1.1", which has tracks.'
            )
        if tag == 'track':
            self.label = self.name = attrs.get('label', '')
            self.tracks.append({})
        elif tag == 'box' and 'track' in self.place:
            self.name = self.label if self.attribute is None else ''
            self.box = self.parse(attrs)
        self.naming = (
            tag == 'attribute'
            and 'box' in self.place
            and attrs.get('name') == self.attribute
        )

    def parse(self, attrs: Dict[str, str]) -> Optional[Tuple[int, np.ndarray]]:
        """Frame from 1 and box, shape (4,); None if the actor is outside."""
        try:
            frame = int(attrs['frame']) + 1
            edges = [float(attrs[n]) for n in ('xtl', 'ytl', 'xbr', 'ybr')]
        except (KeyError, ValueError) as error:
            self.fault(f'a box lacks a number ({limits.short_text(repr(error))}).')
            return None
        if attrs.get('outside') == '1':
            return None
        if frame < 1 or edges[2] <= edges[0] or edges[3] <= edges[1]:
            self.fault(
                f'frame {frame - 1}: box {edges} is empty or inverted, or the frame '
                'is negative.'
            )
            return None
        return frame, np.array(edges) - (0, 0, 1, 1)

    def data(self, text: str) -> None:
        """Collect the text of an element, which comes in pieces."""
        self.text += text
        if len(self.text) > limits.MAX_NAME:
            if self.text.strip():
                raise self.too_large(f'{limits.MAX_NAME} characters')
            self.text = ''  # line breaks between elements

    def too_large(self, what: str) -> ValueError:
        """Error about an element beyond a bound."""
        return ValueError(
            f'{self.path}, line {self.parser.CurrentLineNumber}: an element with more '
            f'than {what}; CVAT does not write it.'
        )

    def end(self, tag: str) -> None:
        """Handle the end of an element."""
        self.place.pop()
        if tag == 'attribute' and self.naming:
            self.name = self.text.strip()
        elif tag == 'box' and self.box is not None:
            frame, box = self.box
            if not self.name:
                self.fault(
                    f'frame {frame - 1}: the box has no class '
                    f'({self.attribute or "label of the track"}).'
                )
            elif frame in self.tracks[-1].setdefault(self.name, {}):
                self.fault(f'frame {frame - 1} is in the track twice.')
            else:
                self.tracks[-1][self.name][frame] = box
            self.box = None
        elif tag == 'source' and 'meta' in self.place:
            self.source = self.text.strip()
        elif tag in ('size', 'width', 'height') and 'meta' in self.place:
            if re.fullmatch('[0-9]{1,9}', self.text.strip()):
                self.meta.setdefault(tag, int(self.text))


def read_cvat_xml(sources: List[Path], options: FormatOptions) -> Found:
    """Read XML files, one for each video.

    A video is named after its file. A file `annotations.xml`, CVAT's default
    name, is named after its video instead.

    Args:
        sources (list[Path]): XML files, or folders of them; videos in
            sub-folders are named `FOLDER/FILE`.
        options (FormatOptions): `attribute`, `label_map` and `max_gap` are used.

    Raises:
        ValueError: If a file has another format, or a folder is empty.
    """
    found, tubes = Found(), []
    files: Dict[str, Path] = {}
    for source in sources:
        paths = sorted(source.rglob('*.xml')) if source.is_dir() else [source]
        if not paths:
            raise ValueError(f'{source}: the folder has no .xml files.')
        for path in paths:
            reader = _Reader(path, found, options.attribute)
            reader.read()
            name = path.stem
            if name == 'annotations' and reader.source:
                name = Path(reader.source).stem
            folder = path.parent.relative_to(source if source.is_dir() else path.parent)
            video = (folder / name).as_posix()
            if video in files:
                raise ValueError(
                    f'{path} and {files[video]} describe the same video {video}; '
                    'rename the files.'
                )
            files[video] = path
            tubes += [
                (video, name, boxes)
                for track in reader.tracks
                for name, boxes in track.items()
            ]
            if 'size' in reader.meta:
                found.num_frames[video] = reader.meta['size']
            if 'height' in reader.meta and 'width' in reader.meta:
                found.resolution[video] = (reader.meta['height'], reader.meta['width'])
    found.labels = options.labels or sorted({name for _, name, _ in tubes})
    for video, name, boxes in tubes:
        if name not in found.labels:
            found.faults.append(f'{video}: class {name!r} is not in --labels.')
            continue
        found.add(video, found.labels.index(name), boxes, options.max_gap)
    return found
