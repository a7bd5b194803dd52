"""Parser of the XML of CVAT, without interpretation of its tracks."""

import re
from pathlib import Path
from typing import Dict, List, NamedTuple, Optional, Tuple
from xml.parsers import expat

from .. import limits
from .cvat_shapes import KINDS, Shape, box_of
from .found import Found
from .options import FormatOptions

MAX_TEXT = 1 << 20
_NUMBER = re.compile('[0-9]{1,9}')


class Task(NamedTuple):
    """Annotated frames of a video, from `<meta>`.

    Args:
        id (str): Its number.
        name (str): Its name.
        source (str): File of the video.
        first (int): First annotated frame, from 1.
        last (int, optional): Last frame of the task, from 1.
        step (int): Distance of annotated frames.
        size (tuple[int, int], optional): Height and width in pixels.
        is_part (bool): True if the video may be longer.
    """

    id: str = ''
    name: str = ''
    source: str = ''
    first: int = 1
    last: Optional[int] = None
    step: int = 1
    size: Optional[Tuple[int, int]] = None
    is_part: bool = False


class ParsedTrack(NamedTuple):
    """A track.

    Args:
        place (str): File and line.
        task (str, optional): Number of its task.
        label (str): Its label.
        shapes (list[Shape]): In the order of the file.
    """

    place: str
    task: Optional[str]
    label: str
    shapes: List[Shape]


class Parser:
    """Parser of one file.

    Args:
        path (Path): The file.
        found (Found): Faults are added to it.
        options (FormatOptions): `attribute` is used.
    """

    def __init__(self, path: Path, found: Found, options: FormatOptions) -> None:
        self.path, self.found, self.attribute = path, found, options.attribute
        self.tasks: List[Task] = []
        self.tracks: List[ParsedTrack] = []
        self.is_project = False
        self.place: List[str] = []
        self.text: List[str] = []
        self.length = 0
        # Leaves of <meta>, of a task, and of the label that is open.
        self.meta: Dict[str, str] = {}
        self.metas: List[Tuple[str, Dict[str, str]]] = []
        self.label: Dict[str, str] = {}
        self.names: List[str] = []
        self.values: List[str] = []
        # Of the track and shape that are open.
        self.default = self.value = ''
        self.attrs: Dict[str, str] = {}
        self.points: List[str] = []
        self.naming = False
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
        metas = self.metas or [('', self.meta)]
        self.tasks = [self.task(kind, meta) for kind, meta in metas]

    def classes(self) -> List[str]:
        """Classes of `<meta>`: the labels, or the values of the chosen attribute."""
        return self.names if self.attribute is None else self.values

    @property
    def line(self) -> str:
        """Current place."""
        return f'{self.path}, line {self.parser.CurrentLineNumber}'

    def refuse(self, *_: object) -> None:
        """Refuse entities: they can name other files or grow without end."""
        raise ValueError(
            f'{self.line}: has a document type declaration. CVAT does not write it; it '
            'is refused because it can name other files.'
        )

    def start(self, tag: str, attrs: Dict[str, str]) -> None:
        """Handle the start of an element."""
        parent = self.place[-1] if self.place else ''
        self.place.append(tag)
        self.take_text()
        if len(self.place) > limits.MAX_XML_DEPTH:
            raise self.too_large(f'{limits.MAX_XML_DEPTH} nested elements')
        if tag == 'image':
            raise ValueError(
                f'{self.path}: is "CVAT for images"; export '
                '"CVAT for video 1.1", which has tracks.'
            )
        if tag == 'track':
            label, self.default = attrs.get('label', ''), ''
            self.tracks.append(ParsedTrack(self.line, attrs.get('task_id'), label, []))
        elif tag in KINDS and parent == 'track':
            self.attrs, self.points, self.value = attrs, [], self.default
        elif tag == 'points' and parent == 'skeleton' and attrs.get('outside') != '1':
            self.points.append(attrs.get('points', ''))
        elif tag in ('task', 'job') and 'meta' in self.place:
            self.meta = {}
            self.metas.append((tag, self.meta))
        elif tag == 'project':
            self.is_project = True
        elif tag == 'label':
            self.label = {}
        elif parent == 'track' and tag != 'attribute':
            self.found.leave_out('shapes', f'unknown shape {tag}', self.line)
        elif parent == 'annotations' and tag in (*KINDS, 'tag'):
            self.found.leave_out('shapes', f'a {tag} without a track', self.line)
        inside_track = 'track' in self.place[-3:-1]
        self.naming = (
            tag == 'attribute' and inside_track and attrs.get('name') == self.attribute
        )

    def data(self, text: str) -> None:
        """Collect the text of an element, which comes in pieces."""
        self.text.append(text)
        self.length += len(text)
        limit = MAX_TEXT if 'meta' in self.place else limits.MAX_NAME
        if self.length > limit:
            if self.take_text().strip():
                raise self.too_large(f'{limit} characters')
            # Line breaks between elements.

    def take_text(self) -> str:
        """Text since the last element, which is forgotten."""
        text = ''.join(self.text)
        self.text.clear()
        self.length = 0
        return text

    def too_large(self, what: str) -> ValueError:
        """Error about an element beyond a bound."""
        return ValueError(
            f'{self.line}: an element with more than {what}; CVAT does not write it.'
        )

    def end(self, tag: str) -> None:
        """Handle the end of an element."""
        self.place.pop()
        parent = self.place[-1] if self.place else ''
        text = self.take_text()
        if tag == 'attribute' and self.naming:
            self.naming, value = False, text.strip()
            if parent == 'track':
                self.default = value
            self.value = value
        elif tag in KINDS and parent == 'track':
            shape = self.shape(tag)
            if shape is not None:
                self.tracks[-1].shapes.append(shape)
        elif 'meta' in self.place:
            self.end_of_meta(tag, parent, text)

    def end_of_meta(self, tag: str, parent: str, text: str) -> None:
        """Handle the end of an element in `<meta>`."""
        # Old exports have the source and the size beside the task.
        if parent in ('task', 'job', 'meta', 'original_size'):
            self.meta.setdefault(tag, text.strip())
        elif parent == 'label':
            self.label[tag] = text if '\n' not in text else text.strip()
        elif tag == 'label' and 'parent' not in self.label and self.label.get('name'):
            self.names.append(self.label['name'])
        elif parent == 'attribute':
            self.label[f'attribute {tag}'] = text
        elif tag == 'attribute':
            self.end_of_attribute()

    def end_of_attribute(self) -> None:
        """Store the values of the chosen attribute of a label."""
        name = self.label.pop('attribute name', None)
        values = self.label.pop('attribute values', '')
        kind = self.label.pop('attribute input_type', '')
        if name == self.attribute and kind in ('select', 'radio'):
            self.values += [each.strip() for each in values.split('\n') if each.strip()]
        elif name == self.attribute and kind == 'checkbox':
            self.values.append(name or '')

    def task(self, kind: str, meta: Dict[str, str]) -> Task:
        """Task of the leaves of its element."""
        numbers = {
            key: int(meta[key])
            for key in ('size', 'start_frame', 'stop_frame', 'width', 'height')
            if _NUMBER.fullmatch(meta.get(key, ''))
        }
        step = re.fullmatch(
            r'(?:\s*step\s*=\s*([1-9][0-9]{0,5}))?\s*', meta.get('frame_filter', '')
        )
        if step is None:
            raise ValueError(
                f'{self.path}: frame_filter is '
                f'{limits.short_text(meta["frame_filter"], 40)}; step=N is required.'
            )
        first, every = numbers.get('start_frame', 0), int(step[1] or 1)
        last = numbers.get('stop_frame')
        if last is None and numbers.get('size'):
            last = first + (numbers['size'] - 1) * every
        if last is not None and not first <= last < limits.MAX_FRAMES:
            raise ValueError(
                f'{self.path}: the task has the frames {first} to {last}, outside '
                f'[0, {limits.MAX_FRAMES - 1}].'
            )
        size = None
        if 'height' in numbers and 'width' in numbers:
            size = numbers['height'], numbers['width']
        return Task(
            meta.get('id', ''),
            meta.get('name', ''),
            meta.get('source', ''),
            first + 1,
            None if last is None else last + 1,
            every,
            size,
            kind == 'job' or first > 0 or every > 1,
        )

    def shape(self, kind: str) -> Optional[Shape]:
        """Shape of the open element; None after a fault."""
        attrs = self.attrs
        frame = attrs.get('frame', '')
        if not _NUMBER.fullmatch(frame) or int(frame) >= limits.MAX_FRAMES:
            self.found.faults.append(
                f'{self.line}: a {kind} is in frame {limits.short_text(frame, 40)}, '
                f'outside [0, {limits.MAX_FRAMES - 1}].'
            )
            return None
        outside = attrs.get('outside') == '1' or (
            kind == 'skeleton' and not self.points
        )
        if outside:
            return Shape(int(frame) + 1, kind, None, self.line)
        try:
            box = box_of(kind, attrs, self.points)
        except (KeyError, ValueError) as error:
            self.found.faults.append(
                f'{self.line}: frame {frame}: a {kind} cannot be read '
                f'({limits.short_text(error)}).'
            )
            return None
        return Shape(int(frame) + 1, kind, box, self.line, *self.name_of_shape())

    def name_of_shape(self) -> Tuple[str, str]:
        """Class of the open shape, and the reason if it has none."""
        if self.attribute is None:
            label = self.tracks[-1].label
            return label, '' if label else 'the track has no label'
        if self.value.lower() == 'true':  # a checkbox
            return self.attribute, ''
        if self.value.lower() in ('false', ''):
            value = self.value or 'missing'
            return '', f'the attribute {self.attribute} is {value}'
        return self.value, ''
