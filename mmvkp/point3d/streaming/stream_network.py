"""Point3D on frames of one or several streams, in batches."""

from typing import Any, Dict, Optional, Sequence, Tuple, Union

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope

from ...recognition.accelerate import accelerate
from ...recognition.loading import class_names_of, load_config
from ...tubes.streaming.network import (
    Due,
    Found,
    TubeNetwork,
    Turn,
    complete,
    equal_keys,
)
from ...tubes.streaming.stream_state import Waiting
from ...video import Frame
from ..bank.window import KEY
from ..loading import load_detector
from ..results import detections_of
from .bank_ring import BankRing, check_causal
from .frame_pipeline import FramePipeline, clip_shape_of


class StreamNetwork(TubeNetwork):
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

    Attributes: `model` and `pipeline`; see also `TubeNetwork`.
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
        self.set_clips(clip_shape_of(config, clip_len, frame_interval), delay)
        self.model = load_detector(config, checkpoint, device)
        accelerate(self.model, keep=True)
        check_causal(self.model.bank)
        self.classes = class_names_of(
            config, self.model.num_classes, classes, self.model
        )

    def new_bank_ring(self) -> Optional[BankRing]:
        """See `TubeNetwork`."""
        return None if self.model.bank is None else BankRing(self.model.bank)

    def prepare(self, frame: Frame) -> Dict[str, Any]:
        """See `FramePipeline`."""
        return self.pipeline(frame.image, frame.number)

    def store(self, turns: Sequence[Turn], packed: Sequence[Any]) -> None:
        """See `TubeNetwork`."""
        with torch.no_grad():
            data = self.model.data_preprocessor(
                dict(
                    inputs=[each['inputs'] for each in packed],
                    data_samples=[each['data_samples'] for each in packed],
                )
            )
            maps = self.model.extract_frames(data['inputs'][:, :, 0])[-1]
            bank = self.model.bank
            rows: Any = [None] * len(turns)
            if bank is not None:
                rows = self.model.bank_rows(maps, bank.num_centers)
        size = tuple(data['inputs'].shape[3:])
        for turn, sample, feature, row in zip(turns, data['data_samples'], maps, rows):
            waiting = Waiting(turn.frame, turn.dropped, sample, size)
            turn.state.add(feature, waiting, row)

    def detect(self, due: Due) -> Dict[int, Found]:
        """Run attention, point head and 3D head; one frame for each stream."""
        clips = {each: state.clip(waiting) for each, (state, waiting) in due.items()}
        keys = {each: (due[each][1].size, tuple(clips[each].shape)) for each in due}
        results: Dict[int, Found] = {}
        for state, waiting in due.values() if self.model.bank is not None else ():
            ring: Any = state.bank_ring
            window = ring.window(waiting.frame.number + self.delay)
            waiting.sample.set_metainfo({KEY: window})
        model = self.model
        for batch in equal_keys(keys):
            samples = [due[each][1].sample for each in batch]
            # A single stream needs no copy.
            one = len(batch) == 1
            maps = clips[batch[0]] if one else torch.cat([clips[n] for n in batch])
            try:
                with torch.no_grad():
                    size = due[batch[0]][1].size
                    model.detect([maps], samples, size, self.place)
            except Exception as error:
                results.update({each: (due[each][1], error) for each in batch})
                continue
            for each in batch:
                state, waiting = due[each]
                sample = waiting.sample
                found = detections_of(sample, model.num_classes, model.multi_label)
                results[each] = (
                    waiting,
                    complete(
                        found,
                        state,
                        waiting,
                        clips[each][self.place],
                        sample.metainfo.get('scale_factor', 1.0),
                        model.point_head.stride,
                    ),
                )
        return {each: results[each] for each in due}
