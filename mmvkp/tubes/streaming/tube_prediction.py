"""Action tubes of a video as lines, JSON and csv."""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

import click

from ...recognition.draw_timeline import Row
from ...recognition.predictions import class_entries
from ..online_tubes import LinkedTube
from .tube_json import tube_entry


class TubePrediction(NamedTuple):
    """Action tubes of a video or camera; see `mmvkp.recognition.predictions.Result`.

    Attributes:
        video (str): File, folder, camera or URL without credentials.
        tubes (list[LinkedTube]): By rising id.
        names (list[str]): Names of the classes, by label.
        info (dict): See `tubes_content`.
        seconds (float): Time of the run.
        files (tuple[str, ...]): Files that were written for this video.
        top_k (int): Number of classes of a tube in outputs.
        failure (Exception, optional): Reason of an early end; the tubes are those up to
            there.
        stopped (str): Name of the signal that ended the run; empty without.
    """

    video: str
    tubes: List[LinkedTube]
    names: List[str]
    info: Dict[str, Any]
    seconds: float
    files: Tuple[str, ...] = ()
    top_k: int = 5
    failure: Optional[Exception] = None
    stopped: str = ''

    @property
    def columns(self) -> Tuple[str, ...]:
        """First line of a csv file; frames are counted from 1."""
        return (
            *('video', 'tube', 'first_frame', 'last_frame'),
            *('rank', 'label', 'name', 'score'),
        )

    def lines(self) -> List[str]:
        """One line for each tube, unless a file has them, and a summary."""
        tubes = [
            f'{tube.id}: {self.names[tube.label]} {tube.score:.2f}, frames '
            f'{tube.frames[0]} to {tube.frames[-1]}'
            for tube in ([] if self.files else self.tubes)
        ]
        frames = self.info['num_frames']
        end = f' -> {" and ".join(self.files)}' if self.files else ''
        return [
            *tubes,
            f'{click.format_filename(self.video)}: {len(self.tubes)} tubes on {frames} '
            f'frames, {self.info["num_dropped"]} frames dropped, '
            f'{frames / max(self.seconds, 1e-9):.1f} frames per second{end}',
        ]

    def content(self) -> Dict[str, Any]:
        """Values of a line of JSON: `video`, `tubes` and `info`.

        A tube has the fields of `tube_entry`, the `name` of its class and its best
        classes as `top`.
        """
        tubes = [
            dict(
                tube_entry(tube),
                name=self.names[tube.label],
                top=class_entries(tube.class_scores, self.names, self.top_k),
            )
            for tube in self.tubes
        ]
        return dict(video=self.video, tubes=tubes, info=self.info)

    def rows(self) -> List[Tuple[Any, ...]]:
        """Lines of a csv file, one for each class of a tube; ranks start at 1."""
        return [
            (
                *(self.video, tube.id, int(tube.frames[0]), int(tube.frames[-1])),
                *(rank, each['label'], each['name'], f'{each["score"]:.6f}'),
            )
            for tube in self.tubes
            for rank, each in enumerate(
                class_entries(tube.class_scores, self.names, self.top_k), 1
            )
        ]

    def timeline(self, results: Sequence['TubePrediction']) -> List[Row]:
        """One row for each tube, the highest score first.

        Args:
            results (Sequence[TubePrediction]): The result of the video.
        """
        fps = self.info['fps']
        return [
            Row(
                f'{tube.id}: {self.names[tube.label]}',
                [((tube.frames[0] - 1) / fps, tube.frames[-1] / fps, tube.score)],
            )
            for tube in sorted(self.tubes, key=lambda tube: -tube.score)
        ]
