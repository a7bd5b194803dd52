"""HOTA, IDF1 and MOTA of the ids of tubes, computed by TrackEval."""

import contextlib
import io
from pathlib import PurePosixPath
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

import numpy as np

from ..console import say, track
from .annotations import TubeAnnotations, load_tube_annotations
from .degenerate import usable_truths
from .iou import box_iou
from .limits import read_json
from .tube_files import read_tubes

# Names of the results, and where TrackEval keeps them.
_SCORES = (
    *(('HOTA', 'HOTA', 'HOTA'), ('DetA', 'HOTA', 'DetA'), ('AssA', 'HOTA', 'AssA')),
    *(('IDF1', 'Identity', 'IDF1'), ('MOTA', 'CLEAR', 'MOTA')),
)
_SWITCHES = 'id switches'


class Boxes(NamedTuple):
    """Boxes of the tracks of a video.

    Attributes:
        frames (np.ndarray): (n,) numbers, from 1.
        ids (np.ndarray): (n,) track of each box; a track has one box in a frame.
        boxes (np.ndarray): (n, 4) pixels from 0, ends inclusive.
    """

    frames: np.ndarray
    ids: np.ndarray
    boxes: np.ndarray


def join_tracks(tracks: Sequence[Tuple[int, np.ndarray, np.ndarray]]) -> Boxes:
    """Boxes of tracks.

    Args:
        tracks (Sequence[tuple]): Id, frames (n,) and boxes (n, 4) of each piece.

    Raises:
        ValueError: If an id has two boxes in a frame.
    """
    frames = np.concatenate([np.zeros(0), *(each[1] for each in tracks)]).astype(int)
    boxes = np.concatenate([np.zeros((0, 4)), *(each[2] for each in tracks)])
    ids = np.repeat([each[0] for each in tracks], [len(each[1]) for each in tracks])
    pairs, counts = np.unique(np.stack((ids, frames), 1), axis=0, return_counts=True)
    if (counts > 1).any():
        number, frame = pairs[counts > 1][0].astype(int)
        raise ValueError(f'id {number} has several boxes in frame {frame}.')
    return Boxes(frames, ids, boxes)


def _import_metrics() -> Any:
    """Metrics of TrackEval.

    Raises:
        ImportError: If it is not installed.
    """
    try:
        # It reports missing parts of its data sets on the standard output.
        with contextlib.redirect_stdout(io.StringIO()):
            from trackeval import metrics
    except ImportError as error:
        raise ImportError(
            f'evaluate tracks needs TrackEval ({error}); install it: '
            "pip install 'mmvkp[tracking]', or pip install 'trackeval>=1.3'."
        ) from error
    return metrics


def _sequence(truth: Boxes, found: Boxes) -> Dict[str, Any]:
    """A video as TrackEval takes it: ids from 0, and the IoU of each frame."""
    last = int(max(truth.frames.max(initial=0), found.frames.max(initial=0)))
    data: Dict[str, Any] = dict(num_timesteps=last, similarity_scores=[])
    for name, side in (('gt', truth), ('tracker', found)):
        known, ids = np.unique(side.ids, return_inverse=True)
        data[f'num_{name}_ids'], data[f'num_{name}_dets'] = len(known), len(side.ids)
        data[f'{name}_ids'] = [ids[side.frames == t] for t in range(1, last + 1)]
    for t in range(1, last + 1):
        one, two = (side.boxes[side.frames == t] for side in (truth, found))
        data['similarity_scores'].append(box_iou(one[:, None], two[None]))
    return data


def track_scores(pairs: Sequence[Tuple[Boxes, Boxes]]) -> Dict[str, float]:
    """Scores of the tracks of videos, without their classes.

    Args:
        pairs (Sequence[tuple[Boxes, Boxes]]): Annotated and found tracks of each video.

    Returns:
        dict[str, float]: HOTA, DetA and AssA (means over IoU thresholds from 0.05 to
        0.95), IDF1 and MOTA (IoU 0.5), in percent, and the number of id switches.

    Raises:
        ImportError: If TrackEval is not installed.

    Source: Luiten et al., "HOTA", IJCV 2021; Ristani et al., arXiv:1609.01775.
    """
    metrics = _import_metrics()
    quiet = dict(PRINT_CONFIG=False)
    parts = dict(
        HOTA=metrics.HOTA(),
        Identity=metrics.Identity(quiet),
        CLEAR=metrics.CLEAR(quiet),
    )
    data = [_sequence(*pair) for pair in pairs]
    results = {
        name: part.combine_sequences(
            {str(i): part.eval_sequence(each) for i, each in enumerate(data)}
        )
        for name, part in parts.items()
    }
    scores = {
        name: 100 * float(np.mean(results[part][key])) for name, part, key in _SCORES
    }
    return dict(scores, **{_SWITCHES: float(results['CLEAR']['IDSW'])})


def _video_of(name: str, path: str, annotations: TubeAnnotations, ann: str) -> str:
    """Annotated video with this name, or the only one with it as the last part."""
    if name in annotations.nframes:
        return name
    same = [each for each in annotations.nframes if PurePosixPath(each).name == name]
    if len(same) == 1:
        return same[0]
    kind = 'no video' if not same else f'{len(same)} videos'
    raise ValueError(
        f'{path} has tubes of {name!r}, but {ann} has {kind} of this name. Name the '
        'video or folder as in the annotations before the prediction.'
    )


def evaluate_track_files(ann: str, paths: Sequence[str]) -> Dict[str, float]:
    """Evaluate files of tubes, and print a table.

    Every annotated tube is a track, whatever its class.

    Args:
        ann (str): Annotations.
        paths (Sequence[str]): Files of `mmvkp predict --json`.

    Returns:
        dict[str, float]: See `track_scores`.

    Raises:
        ImportError: If TrackEval is not installed.
        ValueError: If a file has another format, or a video is missing or repeated.
    """
    _import_metrics()
    annotations = load_tube_annotations(ann)
    pairs: Dict[str, Tuple[Boxes, Boxes]] = {}
    for path in track(paths, 'files'):
        content = read_json(path)
        videos = content.get('videos') if isinstance(content, dict) else None
        for name in videos if isinstance(videos, dict) else ['']:
            tubes, _ = read_tubes(path, name)
            video = _video_of(name, path, annotations, ann)
            if video in pairs:
                raise ValueError(f'{path}: an earlier file has the video {name!r} too.')
            truths, _ = usable_truths(annotations, [video])
            rows = [each for tubes in truths[video].values() for each in tubes]
            try:
                found = [(each.number or 0, each.frames, each.boxes) for each in tubes]
                pairs[video] = (
                    join_tracks([(i, x[:, 0], x[:, 1:5]) for i, x in enumerate(rows)]),
                    join_tracks(found),
                )
            except ValueError as error:
                raise ValueError(f'{path}: {name}: {error}') from error
    scores = track_scores(list(pairs.values()))
    count = len(annotations.nframes)
    say(f'{len(pairs)} of {count} videos of {ann}')
    say('\n'.join(_table(scores)))
    return scores


def _table(scores: Dict[str, float]) -> List[str]:
    """Lines of a table."""
    values = [
        f'{value:.0f}' if name == _SWITCHES else f'{value:.1f}'
        for name, value in scores.items()
    ]
    rows = [list(scores), ['---:'] * len(scores), values]
    return ['| ' + ' | '.join(row) + ' |' for row in rows]
