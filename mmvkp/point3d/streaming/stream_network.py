"""Point3D on frames of one or several streams, in batches."""

from typing import (
    Any,
    Dict,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
    Union,
)

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import Tensor

from ...recognition.loading import class_names_of, load_config
from ...tubes.class_thresholds import class_thresholds_of
from ...tubes.online_linker import OnlineLinker
from ...tubes.online_tubes import FrameDetections, LinkOptions
from ...video import Frame
from ..bank.window import KEY
from ..loading import load_detector
from ..results import detections_of
from .bank_ring import check_causal
from .features import colours_at, features_at
from .frame_pipeline import FramePipeline, clip_shape_of
from .stream_state import StreamState, Waiting, check_finite, frames_of_delay


class Turn(NamedTuple):
    """The next frame of a stream.

    Attributes:
        state (StreamState): The stream.
        frame (Frame): The frame.
        dropped (int): Frames that were dropped before it.
    """

    state: StreamState
    frame: Frame
    dropped: int = 0


# Detections of a frame, or the reason why there are none.
Found = Tuple[Waiting, Union[FrameDetections, Exception]]


class StreamNetwork:
    """The network of `TubeInferencer`, which several streams can share.

    Args:
        config (str | Config): See `TubeInferencer`, also for the following ones.
        checkpoint (str, optional): Weights.
        device (str): Device of the network.
        size (tuple[int, int], optional): Width and height of the input.
        clip_len (int, optional): Frames of a clip.
        frame_interval (int, optional): Their distance.
        classes (str, optional): File of class names.
        delay (int | str): Frames that a result is late.

    Attributes: `model`; `pipeline`; `shape` (ClipShape); `delay` (int); `place`,
    position of the answered frame in its clip; `classes` (list[str]).
    """

    def __init__(
        self,
        config: Union[str, Config],
        checkpoint: Optional[str] = None,
        device: str = 'cpu',
        size: Optional[Tuple[int, int]] = None,
        clip_len: Optional[int] = None,
        frame_interval: Optional[int] = None,
        classes: Optional[str] = None,
        delay: Union[int, str] = 0,
    ) -> None:
        if not isinstance(config, Config):
            config = load_config(config)
        init_default_scope(config.get('default_scope', 'mmaction'))
        if config.model.type != 'Point3D':
            raise TypeError(
                f'TubeInferencer: the model of the config is a '
                f'{config.model.type}; it must be a Point3D, as in '
                'configs/detection/point3d.'
            )
        self.pipeline = FramePipeline(config, size)
        self.shape = clip_shape_of(config, clip_len, frame_interval)
        self.delay = frames_of_delay(delay, self.shape)
        self.place = self.shape.clip_len - 1 - self.delay // self.shape.frame_interval
        self.model = load_detector(config, checkpoint, device)
        check_causal(self.model.bank)
        self.classes = class_names_of(
            config, self.model.num_classes, classes, self.model
        )

    def make_linker(self, link: Optional[LinkOptions]) -> OnlineLinker:
        """Linker of a stream; thresholds may have the names of classes as keys."""
        link = link or LinkOptions()
        values = class_thresholds_of(link.class_thresholds, self.classes)
        return OnlineLinker(link._replace(class_thresholds=values))

    def extract(self, turns: Sequence[Turn]) -> Dict[int, Exception]:
        """Run the 2D network on the next frame of each stream, in one batch.

        Inputs of different sizes form batches of their own.

        Args:
            turns (Sequence[Turn]): One for each stream.

        Returns:
            dict[int, Exception]: Errors by position in `turns`; those frames are not
            stored.
        """
        failures: Dict[int, Exception] = {}
        packed: Dict[int, Any] = {}
        for row, (state, frame, _) in enumerate(turns):
            try:
                state.check(frame)
                packed[row] = self.pipeline(frame.image, frame.number)
            except Exception as error:
                failures[row] = error
        shapes = {row: tuple(each['inputs'].shape) for row, each in packed.items()}
        for rows in _equal(shapes):
            try:
                self._extract(turns, rows, [packed[row] for row in rows])
            except Exception as error:
                failures.update(dict.fromkeys(rows, error))
        return failures

    def _extract(
        self, turns: Sequence[Turn], rows: List[int], packed: List[Dict[str, Any]]
    ) -> None:
        """Run the 2D network on inputs of the same size."""
        with torch.no_grad():
            data = self.model.data_preprocessor(
                dict(
                    inputs=[each['inputs'] for each in packed],
                    data_samples=[each['data_samples'] for each in packed],
                )
            )
            maps = self.model.extract_frames(data['inputs'][:, :, 0])[-1]
            bank = self.model.bank
            kept = (
                None if bank is None else self.model.bank_rows(maps, bank.num_centers)
            )
        size = tuple(data['inputs'].shape[3:])
        samples = data['data_samples']
        for index, (row, feature, sample) in enumerate(zip(rows, maps, samples)):
            state, frame, dropped = turns[row]
            state.add(feature, Waiting(frame, dropped, sample, size))
            if bank is not None and kept is not None:
                state.add_bank_rows(kept[index], bank)

    def answer(
        self, states: Mapping[int, StreamState], flush: bool = False
    ) -> Iterator[Dict[int, Found]]:
        """Detections of the frames whose clips are complete.

        Args:
            states (Mapping[int, StreamState]): The streams by their numbers.
            flush (bool): No further frame arrives.

        Yields:
            dict[int, tuple]: By number of the stream its next frame and the
            detections in it, or an error.
        """
        while True:
            due = {
                number: (state, waiting)
                for number, state in states.items()
                for waiting in [state.take(flush)]
                if waiting is not None
            }
            if not due:
                return
            yield self._detect(due)

    def _detect(self, due: Dict[int, Tuple[StreamState, Waiting]]) -> Dict[int, Found]:
        """Run attention, point head and 3D head; one frame for each stream."""
        clips = {each: state.clip(waiting) for each, (state, waiting) in due.items()}
        keys = {each: (due[each][1].size, tuple(clips[each].shape)) for each in due}
        results: Dict[int, Found] = {}
        for state, waiting in due.values() if self.model.bank is not None else ():
            waiting.sample.set_metainfo({KEY: state.bank_window(waiting)})
        for batch in _equal(keys):
            samples = [due[each][1].sample for each in batch]
            maps = torch.cat([clips[each] for each in batch])
            try:
                with torch.no_grad():
                    size = due[batch[0]][1].size
                    self.model.detect([maps], samples, size, self.place)
            except Exception as error:
                results.update({each: (due[each][1], error) for each in batch})
                continue
            for each in batch:
                results[each] = (due[each][1], self._collect(*due[each], clips[each]))
        return {each: results[each] for each in due}

    def _collect(
        self, state: StreamState, waiting: Waiting, clip: Tensor
    ) -> Union[FrameDetections, Exception]:
        """Detections of a frame with their appearance, if it is used."""
        model, appearance = self.model, state.linker.options.appearance
        found = detections_of(waiting.sample, model.num_classes, model.multi_label)
        try:
            check_finite(found, waiting.frame.number)
        except ValueError as error:
            return error
        if appearance == 'colour':
            found.features = colours_at(waiting.frame.image, found.boxes)
        elif appearance == 'network':
            found.features = features_at(
                clip[self.place],
                found.boxes,
                waiting.sample.metainfo,
                model.point_head.stride,
            )
        return found


def _equal(keys: Mapping[int, Any]) -> List[List[int]]:
    """Numbers with equal keys."""
    groups: Dict[Any, List[int]] = {}
    for number, key in keys.items():
        groups.setdefault(key, []).append(number)
    return list(groups.values())
