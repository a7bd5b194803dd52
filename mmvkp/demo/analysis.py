"""Runs of one or two models on a video."""

from pathlib import Path
from typing import Dict, Iterator, List, Sequence, Union

from ..recognition.inferencer import detector_of
from ..recognition.loading import load_config
from ..recognition.shipped_weights import find_shipped
from .answers import Answer, Step
from .class_answer import ClassAnalyser
from .tube_answer import TubeAnalyser
from .uploads import Prepared, prepare_video

Progress = Union[Step, Prepared, List[Answer]]


class Analyser:
    """Models with shipped weights; each is loaded when it is used first."""

    def __init__(self) -> None:
        self.models: Dict[str, Union[ClassAnalyser, TubeAnalyser]] = {}

    def load(self, name: str) -> Union[ClassAnalyser, TubeAnalyser]:
        """Model by the name of its weights.

        Raises:
            KeyError: If the name is unknown.
            ValueError: If the weights are damaged.
        """
        if name not in self.models:
            weights = find_shipped(name)
            detects = detector_of(load_config(weights.recipe)) is not None
            kind = TubeAnalyser if detects else ClassAnalyser
            self.models[name] = kind(weights)
        return self.models[name]

    def run(self, names: Sequence[str], video: str, folder: Path) -> Iterator[Progress]:
        """Run models on an uploaded video, one after the other.

        Args:
            names (Sequence[str]): Names of weights; equal ones run once.
            video (str): Uploaded file.
            folder (Path): Folder of the written files.

        Yields:
            Step: Progress of all models; closing the iterator stops the work.
            Prepared: The video that the models take.
            list[Answer]: The last item, one for each model.

        Raises:
            KeyError: If a name is unknown.
            ValueError: If the video cannot be used.
        """
        answers: List[Answer] = []
        for item in prepare_video(video, folder):
            if isinstance(item, Step):
                yield Step(item.text, 0.1 * item.share)
            else:
                yield item
                video = item.path
        names = list(dict.fromkeys(names))
        for number, name in enumerate(names):
            yield Step(f'{name}: loading', 0.1 + 0.9 * number / len(names))
            model = self.load(name)
            for part in model.analyse(video, folder):
                if isinstance(part, Answer):
                    answers.append(part)
                else:
                    share = (number + part.share) / len(names)
                    yield Step(part.text, 0.1 + 0.9 * share)
        yield answers


def compare(answers: Sequence[Answer]) -> str:
    """Sentence about the results of two models; empty for one.

    Args:
        answers (Sequence[Answer]): The results.
    """
    if len(answers) < 2:
        return ''
    results = ' and '.join(f'{each.model}: {each.headline}' for each in answers)
    kinds = {each.volume is None for each in answers}
    if len(kinds) > 1:
        return f'A recognizer and a detector: {results}.'
    best = [each.classes[0][0] if each.classes else '' for each in answers]
    if kinds == {True}:
        same = 'agree' if best[0] == best[1] else 'disagree'
        return f'The models {same}: {results}.'
    return f'{results}.'
