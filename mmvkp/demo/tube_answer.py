"""Answers of detectors: action tubes with ids and joints, also in space and time."""

import time
from contextlib import closing
from pathlib import Path
from typing import Dict, Iterator, List, Tuple, Union

from ..point3d.streaming.inferencer import TubeInferencer
from ..recognition.clip_cost import clip_cost
from ..recognition.loading import load_config
from ..recognition.shipped_weights import ShippedWeights
from ..tubes.draw_video import draw_video, draw_video_space_time
from ..tubes.online_linker import OnlineLinker
from ..tubes.online_tubes import LinkedTube
from ..tubes.streaming.predictor import TubeOptions
from ..tubes.streaming.tube_json import tubes_content, write_json
from ..tubes.streaming.tube_run import TubeOutput, TubeRun
from ..tubes.tube_files import read_tubes
from ..video import open_source
from .answer_files import write_content
from .answers import Answer, Step
from .uploads import SIDE

LEGEND = (
    'Boxes, joints and classes of all actors. Each actor has an id and a colour in all '
    'frames. In the plot of space and time a tube is the path of a box.'
)
_HEIGHT, _COLUMNS = 192, 4


class TubeAnalyser:
    """A detector of action tubes with shipped weights.

    Args:
        weights (ShippedWeights): The weights.
    """

    def __init__(self, weights: ShippedWeights) -> None:
        self.weights = weights
        self.config = load_config(weights.recipe)
        link = TubeOptions().link()
        self.inferencer = TubeInferencer(
            self.config, weights.url, link=link, delay='centered'
        )

    def analyse(self, video: str, folder: Path) -> Iterator[Union[Step, Answer]]:
        """Find the actors of a video and draw their tubes.

        Args:
            video (str): Video of the size of the training.
            folder (Path): Folder of the written files.

        Yields:
            Step: Progress, one for each frame.
            Answer: The last item.

        Raises:
            ValueError: If a frame cannot be read.
        """
        name, inferencer = self.weights.name, self.inferencer
        picture, movie, data, volume, tubes_file = (
            folder / f'{name}{end}'
            for end in ('.png', '.mp4', '.json', '_space_time.png', '_tubes.json')
        )
        inferencer.linker = OnlineLinker(inferencer.linker.options)
        start = time.perf_counter()
        with closing(open_source(video)) as source:
            total = max(1, source.count or 1)
            run = TubeRun(source, TubeOutput(inferencer.classes))
            with run, closing(inferencer.stream(source)) as frames:
                for frame, result in frames:
                    run.add(frame, result)
                    share = 0.8 * min(frame.number / total, 1.0)
                    yield Step(f'{name}: frame {frame.number} of {total}', share)
            run.finish(inferencer.finish())
        if run.failure is not None:
            raise run.failure
        seconds = time.perf_counter() - start
        yield Step(f'{name}: drawing the tubes', 0.8)
        content = tubes_content(
            Path(video).stem, run.tubes, inferencer.classes, run.info()
        )
        write_json(str(tubes_file), content)
        drawn, labels = read_tubes(str(tubes_file), Path(video).stem)
        for out in (picture, movie):
            draw_video(Path(video), drawn, labels, out, _HEIGHT, _COLUMNS)
        yield Step(f'{name}: plotting space and time', 0.9)
        draw_video_space_time(Path(video), None, drawn, labels, volume, name)
        headline = describe(run.tubes, inferencer.classes)
        facts = self.cost(run.count, seconds)
        write_content(data, self.weights, facts, content)
        classes = [
            (f'{tube.id}: {inferencer.classes[tube.label]}', float(tube.score))
            for tube in sorted(run.tubes, key=lambda tube: -tube.score)
        ]
        yield Answer(
            name, headline, classes, facts, LEGEND, picture, movie, data, volume
        )

    def cost(self, count: int, seconds: float) -> List[Tuple[str, str]]:
        """Parameters, MACs of a clip and time.

        Args:
            count (int): Frames of the video.
            seconds (float): Time of all frames.
        """
        frames = self.config.train_dataloader.dataset.clip_len
        parameters, macs = clip_cost(self.config.model, frames, SIDE)
        return [
            ('parameters', f'{parameters:,}'),
            ('cost', f'{macs / 1e6:.1f} million MACs for a clip of {frames} frames'),
            ('time', f'{seconds:.2f} s for {count} frames'),
        ]


def describe(tubes: List[LinkedTube], classes: List[str]) -> str:
    """Number of tubes by class, such as `2 actors: push, 1 actor: lean`."""
    if not tubes:
        return 'no actor found'
    counts: Dict[str, int] = {}
    for tube in tubes:
        name = classes[tube.label]
        counts[name] = counts.get(name, 0) + 1
    return ', '.join(
        f'{count} actor{"s" * (count > 1)}: {name}' for name, count in counts.items()
    )
