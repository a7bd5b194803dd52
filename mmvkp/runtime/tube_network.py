"""An exported detector on frames of one or several streams, in batches."""

from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

import numpy as np

from ..tubes.online_tubes import FrameDetections
from ..tubes.streaming.network import Due, Found, TubeNetwork, Turn, complete
from ..tubes.streaming.row_ring import RowRing
from ..tubes.streaming.stream_state import ClipShape, StreamState, Waiting
from ..video import Frame
from .preparation import prepare
from .session import Session, class_names, part_path
from .tube_decoding import decode_points, find_peaks, values_at


class ExportedTubes(TubeNetwork):
    """The two graphs of an exported Point3D, with their decoding in NumPy.

    The first graph computes the map of a frame, the second one the classes of a clip
    from the maps of its frames. The maps of the point head come from the first one, or
    with `point_input='twa'` from the second one.

    Args:
        path (str): OUT of `mmvkp export`.
        classes (str, optional): File with one class name per line. Default: names in
            the exported files.
        delay (int | str): Frames that a result is late, see `frames_of_delay`.
        num_threads (int, optional): Threads of ONNX Runtime. Default: its choice.
        providers (Sequence[str]): Execution providers of ONNX Runtime.

    Attributes: `description` (dict), the metadata of the files; see also
    `TubeNetwork`.

    Raises:
        FileNotFoundError: If a file is missing.
        ImportError: If onnxruntime is missing.
        ValueError: If a file is not a part of an exported detector, or both do not
            belong together.
    """

    def __init__(
        self,
        path: str,
        classes: Optional[str] = None,
        delay: Union[int, str] = 0,
        num_threads: Optional[int] = None,
        providers: Sequence[str] = ('CPUExecutionProvider',),
    ) -> None:
        frame = part_path(path, 'frame')
        self.frames = Session(frame, num_threads, providers)
        self.description = given = self.frames.description
        if given['kind'] != 'detector':
            raise ValueError(
                f'TubeDetector: {frame} is a {given["kind"]}; open it with '
                'mmvkp.runtime.open_model.'
            )
        self.clips: Optional[Session] = None
        if given['has_clips']:
            clip = part_path(path, 'clip')
            self.clips = Session(clip, num_threads, providers)
            if self.clips.description.get('network') != given['network']:
                raise ValueError(
                    f'TubeDetector: {frame} and {clip} are parts of different '
                    'exports; write both again with `mmvkp export`.'
                )
        self.classes = class_names(given, classes)
        self.set_clips(ClipShape(given['clip_len'], given['frame_interval']), delay)

    def new_bank_ring(self) -> Optional[RowRing]:
        """See `TubeNetwork`."""
        bank = self.description['bank']
        return RowRing(bank[0]) if bank else None

    def prepare(self, frame: Frame) -> Dict[str, Any]:
        """Input of the first graph.

        Returns:
            dict: `inputs` (3, H, W) float32; `scale`, its pixels per pixel of the
            frame for x and y.
        """
        inputs = prepare([frame.image], self.description)[0, 0]
        sides = np.array(inputs.shape[:0:-1]) / frame.image.shape[1::-1]
        return dict(inputs=inputs, scale=sides.astype(np.float32))

    def store(self, turns: Sequence[Turn], packed: Sequence[Any]) -> None:
        """See `TubeNetwork`; boxes and joints are decoded here."""
        given = self.description
        found = self.frames.run(np.stack([each['inputs'] for each in packed]))
        features = found.pop('features')
        size = packed[0]['inputs'].shape[1:]
        for row, (state, frame, dropped) in enumerate(turns):
            maps = {name: each[row] for name, each in found.items()}
            sample = dict(scale=packed[row]['scale'])
            if given['point_input'] == 'frame':
                sample['points'] = self._decode(maps)
            rows = None
            if given['bank']:
                rows = frame_rows(
                    features[row], maps['center_heatmap'], given['bank'][1] - 1
                )
            state.add(features[row], Waiting(frame, dropped, sample, size), rows)

    def detect(self, due: Due) -> Dict[int, Found]:
        """Run the second graph; one frame for each stream."""
        clips = {each: state.clip(waiting) for each, (state, waiting) in due.items()}
        results: Dict[int, Found] = {}
        for number, (state, waiting) in due.items():
            try:
                found = self._answer(clips[number], state, waiting)
            except Exception as error:  # of one stream
                results[number] = (waiting, error)
                continue
            results[number] = (
                waiting,
                complete(
                    found,
                    state,
                    waiting,
                    clips[number][self.place],
                    waiting.sample['scale'],
                    self.description['stride'],
                ),
            )
        return results

    def _decode(self, maps: Dict[str, np.ndarray]) -> Dict[str, np.ndarray]:
        """See `decode_points`."""
        given = self.description
        return decode_points(
            maps, given['stride'], given['decoding'], given['max_per_frame']
        )

    def _answer(
        self, clip: np.ndarray, state: StreamState, waiting: Waiting
    ) -> FrameDetections:
        """Detections of a frame.

        Shape:
            - clip: (T, C, h, w).
        """
        if self.clips is None:
            return self._collect(waiting, waiting.sample['points'], None)
        inputs = [clip[None]]
        is_mixed = self.description['point_input'] == 'twa'
        if is_mixed:
            inputs.append(np.array([self.place]))
        found = self.clips.run(*inputs, *self._bank_inputs(state, waiting))
        probabilities = found.pop('probabilities', None)
        if not is_mixed:
            return self._collect(waiting, waiting.sample['points'], probabilities)
        points = self._decode({name: each[0] for name, each in found.items()})
        return self._collect(waiting, points, probabilities)

    def _bank_inputs(self, state: Any, waiting: Waiting) -> List[np.ndarray]:
        """Inputs `rows` (1, L, 1 + k, C) and `present` (1, L) of the second graph."""
        if state.bank_ring is None:
            return []
        places, kept = state.bank_ring.present(waiting.frame.number + self.delay)
        rows = np.zeros(self.description['bank'], np.float32)
        present = np.zeros(len(rows), bool)
        rows[places], present[places] = kept, True
        return [rows[None], present[None]]

    def _collect(
        self,
        waiting: Waiting,
        points: Dict[str, np.ndarray],
        probabilities: Optional[np.ndarray],
    ) -> FrameDetections:
        """Detections of a frame in its pixels.

        Shape:
            - points: See `decode_points`.
            - probabilities: (1, classes); None without 3D head.
        """
        given = self.description
        # Scores that are NaN are kept: a fault must not look like an empty frame.
        kept = np.flatnonzero(~(points['scores'] < given['score_thr']))
        points = {name: each[kept] for name, each in points.items()}
        scale, scores = waiting.sample['scale'], points['scores']
        limits = np.tile(np.array(waiting.frame.image.shape[1::-1]) - 1, 2)
        boxes = (points['bboxes'] / np.tile(scale, 2)).clip(0, limits)
        if probabilities is None:
            one_hot = np.eye(len(self.classes), dtype=np.float32)
            probabilities = one_hot[points['labels']]
        joints: Tuple[Any, Any] = (None, None)
        if 'knots' in points:
            joints = points['knots'] / scale, points['knot_scores']
        values: List[Any] = [boxes, scores, scores[:, None] * probabilities, *joints]
        single: List[Any] = [
            None if each is None else each.astype(np.float32) for each in values
        ]
        return FrameDetections(*single)


def frame_rows(
    feature: np.ndarray, heatmap: np.ndarray, num_centers: int
) -> np.ndarray:
    """Rows of a frame for the bank; see `mmvkp.point3d.bank.rows.frame_rows`.

    Args:
        feature (np.ndarray): Map of the frame.
        heatmap (np.ndarray): Logits of the centres.
        num_centers (int): k.

    Shape:
        - feature: (C, h, w).
        - heatmap: (classes, h, w).
        - returns: (1 + k, C), float16.

    Raises:
        ValueError: If a feature is not finite in half precision.
    """
    centers = values_at(feature, find_peaks(heatmap, num_centers).cells)
    with np.errstate(over='ignore'):
        rows = np.concatenate((feature.mean((1, 2))[None], centers)).astype(np.float16)
    if not np.isfinite(rows).all():
        raise ValueError(
            'TubeDetector: features of a frame are not finite in half precision (up '
            'to 65504); check the weights.'
        )
    return rows
