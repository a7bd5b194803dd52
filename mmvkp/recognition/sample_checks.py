"""Checks of the samples of recognition data sets: labels, files and lengths.

Each problem is one line of text that names the annotation file and the line.
"""

import os
import os.path as osp
import re
from concurrent.futures import ThreadPoolExecutor
from numbers import Integral
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Tuple

from mmengine.dataset import BaseDataset
from mmengine.dist import all_gather_object, get_dist_info

from ..annotation_lists import BadLine, ListedSample, layout_of, read_list
from ..console import track
from ..video import video_info
from ..video.decoder import rotation_of

# Decoders of MMAction2 that ignore the display rotation, or fail on rotated files.
WITHOUT_ROTATION = ('DecordInit', 'OpenCVInit', 'PIMSInit', 'PyAVInit')
# Videos of a data set whose rotation is checked: each is opened.
MAX_OPENED = 200


class SampleSource(NamedTuple):
    """Samples of a data set or list.

    Args:
        name (str): The annotation file.
        samples (list): `ListedSample`, or `BadLine` for lines that are not readable,
            in the order of the data set.
        has_files (bool): The paths are local files or folders that are read.
        template (str, optional): Names of the frames in a folder.
        first (int): Number of the first frame in a folder.
    """

    name: str
    samples: List[Any]
    has_files: bool = True
    template: Optional[str] = None
    first: int = 1

    def good(self) -> Iterator[ListedSample]:
        """Readable samples."""
        return (each for each in self.samples if isinstance(each, ListedSample))

    def problem(self, sample: Any, text: str) -> str:
        """Text of a problem with its place."""
        path = f'{sample.path}: ' if getattr(sample, 'path', '') else ''
        return f'{self.name}, {sample.place}: {path}{text}'


def source_of(dataset: BaseDataset) -> SampleSource:
    """Samples of a built data set with the lines of its annotation file.

    Args:
        dataset (BaseDataset): Any data set; samples have lines for MMAction2's
            `VideoDataset`, `RawframeDataset` and classes that read the same lists.
    """
    layout = layout_of(dataset)
    if layout is not None:
        samples = list(read_list(dataset.ann_file, layout))
        chosen = _chosen(dataset, len(samples))
        if len(chosen) == len(dataset):
            rgb = layout.frames and dataset.modality == 'RGB'
            return SampleSource(
                dataset.ann_file,
                [samples[i] for i in chosen],
                template=dataset.filename_tmpl if rgb else None,
                first=dataset.start_index,
            )
    samples, files = [], False
    for index in range(len(dataset)):
        # The method of the host converts labels to tensors.
        info = BaseDataset.get_data_info(dataset, index)
        is_file = _is_file(dataset, info)
        files = files or is_file
        path = info.get('filename') or info.get('frame_dir') or ''
        samples.append(ListedSample(f'sample {index}', path, _labels_of(info)))
    return SampleSource(dataset.ann_file, samples, files)


def place_of(dataset: BaseDataset, index: int) -> str:
    """Line of a sample, such as `list.txt, line 3`.

    Args:
        dataset (BaseDataset): The data set.
        index (int): Number of the sample, from 0.
    """
    source = source_of(dataset)
    place = source.samples[index].place if index < len(source.samples) else '?'
    return f'{source.name}, {place}'


def _chosen(dataset: BaseDataset, count: int) -> List[int]:
    """Lines, from 0, that the option `indices` of a data set keeps."""
    indices = dataset._indices
    if indices is None:
        return list(range(count))
    if isinstance(indices, int):
        every = list(range(count))
        return every[:indices] if indices >= 0 else every[indices:]
    return [range(count)[i] for i in indices]


def _is_file(dataset: BaseDataset, info: Dict[str, Any]) -> bool:
    """True if a sample is read from its path.

    Samples of skeleton data sets contain their data, although they have the name of
    a folder.
    """
    if 'filename' in info:
        return True
    return bool('frame_dir' in info and dataset.data_prefix.get('img'))


def _labels_of(info: Dict[str, Any]) -> Tuple[int, ...]:
    """Labels of a sample: one, several or none."""
    label = info.get('label')
    labels = label if isinstance(label, (list, tuple)) else [label]
    return tuple(int(each) for each in labels if isinstance(each, Integral))


def check_labels(
    source: SampleSource, num_classes: Optional[int], required: bool
) -> Iterator[str]:
    """Find lines that are not readable, missing labels and labels of no class.

    Args:
        source (SampleSource): The samples.
        num_classes (int, optional): Number of classes, if it is known.
        required (bool): Samples need a label; otherwise -1 and none are allowed.

    Yields:
        str: Each problem.
    """
    lowest = 0 if required else -1
    in_lists = any(sample.place.startswith('line') for sample in source.samples[:1])
    for sample in source.samples:
        if isinstance(sample, BadLine):
            yield source.problem(sample, sample.text)
            continue
        if not sample.labels and required and in_lists:
            yield source.problem(sample, 'has no label')
        for label in sample.labels:
            if num_classes and not lowest <= label < num_classes:
                text = f'label {label} is outside [0, {num_classes - 1}]'
                yield source.problem(sample, text)
            elif not num_classes and label < lowest:
                yield source.problem(sample, f'label {label} is negative')


def check_paths(source: SampleSource) -> Iterator[str]:
    """Find missing files and folders, and missing last frames of folders.

    Args:
        source (SampleSource): The samples.

    Yields:
        str: Each problem.
    """
    if not source.has_files:
        return
    for sample in source.good():
        if not _exists(sample.path):
            yield source.problem(sample, 'no such file or folder')
        elif sample.num_frames is not None:
            last = source.first + sample.offset + sample.num_frames - 1
            name = (source.template or '').format(last)
            if sample.num_frames < 1:
                yield source.problem(sample, f'has {sample.num_frames} frames')
            elif name and not _exists(f'{sample.path}/{name}'):
                text = f'the last of its {sample.num_frames} frames, {name}, is missing'
                yield source.problem(sample, text)


def _exists(path: str) -> bool:
    """True if a local path exists; remote paths are not checked."""
    if re.match(r'\w{2,}:', path):
        return True
    # MMAction2's video readers add a missing extension.
    return osp.exists(path) or osp.isfile(path + '.mp4')


def check_rotation(source: SampleSource, dataset: BaseDataset) -> Iterator[str]:
    """Find rotated videos of a pipeline that reads them as they are stored.

    Args:
        source (SampleSource): The samples.
        dataset (BaseDataset): Data set with the pipeline.

    Yields:
        str: Each problem of up to `MAX_OPENED` samples, evenly spread.
    """
    transforms = getattr(getattr(dataset, 'pipeline', None), 'transforms', [])
    names = [type(each).__name__ for each in transforms]
    reader = next((name for name in names if name in WITHOUT_ROTATION), '')
    step = -(-len(source.samples) // MAX_OPENED) or 1
    for sample in source.samples[::step] if reader else ():
        rotation = _rotation(getattr(sample, 'path', ''))
        if rotation:
            yield source.problem(
                sample,
                f'it is rotated by {rotation} degrees for display, which {reader} does '
                'not handle; use UprightVideoInit and UprightVideoDecode in the '
                'pipeline',
            )


def _rotation(path: str) -> int:
    """Display rotation of a video; 0 if it cannot be opened: reading it names it."""
    if not osp.isfile(path):
        return 0
    try:
        return rotation_of(path)
    except ValueError:
        return 0


def check_videos(source: SampleSource) -> Tuple[List[str], SampleSource]:
    """Decode all videos in parallel; each process of a run takes its share.

    Args:
        source (SampleSource): The samples.

    Returns:
        tuple[list[str], SampleSource]: Problems of videos that cannot be decoded
        completely, and the samples with their numbers of frames.
    """
    rank, count = get_dist_info()
    paths = dict.fromkeys(s.path for s in source.good() if osp.isfile(s.path))
    mine = list(paths)[rank::count]
    with ThreadPoolExecutor(max(1, (os.cpu_count() or 1) // count)) as pool:
        results = list(track(pool.map(_decode, mine), 'videos', len(mine)))
    found = dict(zip(mine, results))
    for other in all_gather_object(found):
        found.update(other)
    problems, samples = [], []
    for sample in source.samples:
        frames, text = found.get(getattr(sample, 'path', ''), (None, ''))
        if text:
            problems.append(source.problem(sample, text))
        elif frames is not None:
            sample = sample._replace(num_frames=frames)
        samples.append(sample)
    return problems, source._replace(samples=samples)


def _decode(path: str) -> Tuple[Optional[int], str]:
    """Number of frames of a video, and its problem."""
    try:
        info = video_info(path)
    except (ValueError, OSError) as error:
        return None, f'cannot be decoded: {error}'
    return info.num_frames, '' if info.complete else f'is damaged: {info.problem}'


def short_samples(source: SampleSource, needed: int) -> Iterable[str]:
    """Find videos with fewer frames than a sampler takes.

    Args:
        source (SampleSource): The samples.
        needed (int): Frames that a sample needs.

    Returns:
        list[str]: One line for the data set, empty without such videos. Samplers
        repeat frames of short videos, which is a note and not a problem.
    """
    short = [
        sample
        for sample in source.good()
        if sample.num_frames is not None and 0 < sample.num_frames < needed
    ]
    if not short:
        return []
    text = (
        f'has {short[0].num_frames} frames; the sampler takes {needed} and repeats '
        f'frames ({len(short)} of {len(source.samples)} samples are that short)'
    )
    return [source.problem(short[0], text)]
