"""Predictions for many videos, with files, a timeline and a list of failures."""

from typing import Any, Dict, Iterator, List, Optional, Sequence

from ..console import say, track
from ..files import check_writable
from ..video.find_sources import Source
from .predictions import Failure, Result
from .result_files import ResultFiles
from .video_inferencer import VideoInferencer

PICTURES = ('.png', '.jpg', '.jpeg')


class Timeline:
    """Picture of all results by video; does nothing without a path.

    Args:
        path (str, optional): Picture to write.
        num_videos (int): Number of videos.

    Raises:
        ValueError: If the picture cannot be written, or has too many videos.
    """

    def __init__(self, path: Optional[str], num_videos: int) -> None:
        self.path = path
        self.results: Dict[str, List[Any]] = {}
        if path is None:
            return
        from .draw_timeline import MAX_PANELS

        if not path.lower().endswith(PICTURES):
            raise ValueError(f'--timeline {path} must end in {", ".join(PICTURES)}.')
        if num_videos > MAX_PANELS:
            raise ValueError(
                f'--timeline shows at most {MAX_PANELS} videos, {num_videos} are '
                'given; give fewer videos, or write --out results.jsonl.'
            )
        check_writable(path)

    def add(self, result: Result) -> None:
        """Keep a result."""
        if self.path is not None:
            self.results.setdefault(result.video, []).append(result)

    def write(self) -> None:
        """Draw and write the picture, unless nothing was found."""
        if self.path is not None and self.results:
            from ..video.files import write_picture
            from .draw_timeline import draw_timeline

            panels = {
                video: results[0].timeline(results)
                for video, results in self.results.items()
            }
            write_picture(self.path, draw_timeline(panels))


def predict(
    inferencer: VideoInferencer,
    sources: Sequence[Source],
    files: ResultFiles,
    timeline: Timeline,
    **options: Any,
) -> int:
    """Predict, print and write the results, then list the failures.

    Ctrl-C ends the run; results up to there are kept.

    Args:
        inferencer (VideoInferencer): The model.
        sources (Sequence[int | str]): Result of `find_sources`.
        files (ResultFiles): Files of the results.
        timeline (Timeline): Picture of the results.
        **options (Any): Options of `VideoInferencer.__call__`.

    Returns:
        int: Exit code: 0, 1 after failures, 130 after Ctrl-C.

    Raises:
        OSError: If a file cannot be written.
        ValueError: If an option does not fit.
    """
    failures: List[Failure] = []
    code = 0
    try:
        with files:
            for result in _results(inferencer, sources, failures, options):
                files.write(result)
                timeline.add(result)
                say('\n'.join(result.lines()))
    except KeyboardInterrupt:
        say('interrupted; the results up to here are kept', err=True)
        code = 130
    finally:
        if failures:
            say(f'{len(failures)} of {len(sources)} videos have problems:', err=True)
        for each in failures:
            say(f'  {each.video}: {" ".join(each.reason.split())}', err=True)
    timeline.write()
    return code or (1 if failures else 0)


def _results(
    inferencer: VideoInferencer,
    sources: Sequence[Source],
    failures: List[Failure],
    options: Dict[str, Any],
) -> Iterator[Any]:
    """Results with a progress bar; a detector draws its own."""
    window, options = options.get('window'), dict(options, failures=failures)
    if inferencer.finds_tubes:
        yield from inferencer(sources, **options)
    elif window is None:
        yield from track(inferencer(sources, **options), 'videos', len(sources))
    else:
        for number, source in enumerate(sources, 1):
            total = inferencer.count_windows(source, window, options.get('stride'))
            name = f'video {number} of {len(sources)}'
            yield from track(inferencer(source, **options), name, total)
