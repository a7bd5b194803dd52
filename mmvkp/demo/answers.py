"""Results of the demo."""

from pathlib import Path
from typing import List, NamedTuple, Optional, Tuple


class Step(NamedTuple):
    """Progress of a run.

    Args:
        text (str): Current work.
        share (float): Finished share, in [0, 1].
    """

    text: str
    share: float


class Answer(NamedTuple):
    """Result of a model for a video.

    Args:
        model (str): Name of the shipped weights.
        headline (str): Result in one line.
        classes (list[tuple[str, float]]): Names and scores in [0, 1], best first; of a
            detector one for each tube.
        facts (list[tuple[str, str]]): Names and values: cost and weights.
        legend (str): Description of the pictures.
        picture (Path): Strip of frames (.png).
        movie (Path): The same as a video (.mp4).
        content (Path): Results as JSON.
        volume (Path, optional): Tubes in space and time (.png).
    """

    model: str
    headline: str
    classes: List[Tuple[str, float]]
    facts: List[Tuple[str, str]]
    legend: str
    picture: Path
    movie: Path
    content: Path
    volume: Optional[Path] = None
