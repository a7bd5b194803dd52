"""Point3D on frames of one or several streams, in batches."""

from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple, Union

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import Tensor

from ...recognition.loading import class_names_of, load_config
from ...tubes.online_tubes import FrameDetections
from ...video import Frame
from ..loading import load_detector
from ..results import detections_of
from .features import features_at
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
        self.classes = class_names_of(
            config, self.model.num_classes, classes, self.model
        )

    def extract(self, turns: List[Turn]) -> None:
        """Run the 2D network on the next frame of each stream, in one batch.

        Inputs of different sizes form batches of their own.

        Args:
            turns (list[Turn]): One for each stream; the frames must have passed
                `StreamState.check`.
        """
        packed = [self.pipeline(turn.frame.image, turn.frame.number) for turn in turns]
        for rows in _equal([tuple(each['inputs'].shape) for each in packed]):
            with torch.no_grad():
                data = self.model.data_preprocessor(
                    dict(
                        inputs=[packed[row]['inputs'] for row in rows],
                        data_samples=[packed[row]['data_samples'] for row in rows],
                    )
                )
                maps = self.model.extract_frames(data['inputs'][:, :, 0])[-1]
            size = tuple(data['inputs'].shape[3:])
            for row, feature, sample in zip(rows, maps, data['data_samples']):
                turn = turns[row]
                waiting = Waiting(turn.frame, turn.dropped, sample, size)
                turn.state.add(feature, waiting)

    def answer(
        self, states: List[StreamState], flush: bool = False
    ) -> Iterator[Dict[int, Found]]:
        """Detections of the frames whose clips are complete.

        Args:
            states (list[StreamState]): The streams.
            flush (bool): No further frame arrives.

        Yields:
            dict[int, tuple]: By number of the stream its next frame and the
            detections in it; or an error, if they are not finite.
        """
        while True:
            due = {
                number: waiting
                for number, state in enumerate(states)
                for waiting in [state.take(flush)]
                if waiting is not None
            }
            if not due:
                return
            clips = {number: states[number].clip(due[number]) for number in due}
            yield self._detect(due, clips)

    def _detect(
        self, due: Dict[int, Waiting], clips: Dict[int, Tensor]
    ) -> Dict[int, Found]:
        """Run attention, point head and 3D head; one frame for each stream."""
        results: Dict[int, Found] = {}
        numbers = list(due)
        keys = [(due[each].size, tuple(clips[each].shape)) for each in numbers]
        for rows in _equal(keys):
            batch = [numbers[row] for row in rows]
            samples = [due[each].sample for each in batch]
            maps = torch.cat([clips[each] for each in batch])
            with torch.no_grad():
                self.model.detect([maps], samples, due[batch[0]].size, self.place)
            for each, sample in zip(batch, samples):
                results[each] = (
                    due[each],
                    self._collect(sample, clips[each][self.place], due[each]),
                )
        return {number: results[number] for number in numbers}

    def _collect(
        self, sample: Any, feature: Tensor, waiting: Waiting
    ) -> Union[FrameDetections, Exception]:
        """Detections of a frame with the features at their centres."""
        found = detections_of(sample, self.model.num_classes, self.model.multi_label)
        try:
            check_finite(found, waiting.frame.number)
        except ValueError as error:
            return error
        found.features = features_at(
            feature, found.boxes, sample.metainfo, self.model.point_head.stride
        )
        return found


def _equal(keys: List[Any]) -> List[List[int]]:
    """Positions of equal keys."""
    groups: Dict[Any, List[int]] = {}
    for row, key in enumerate(keys):
        groups.setdefault(key, []).append(row)
    return list(groups.values())
