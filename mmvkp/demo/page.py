"""Page of the demo, with Gradio."""

import html
import os
import re
import threading
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple
from urllib.parse import quote

# Before the import of Gradio, which reads them.
os.environ['GRADIO_ANALYTICS_ENABLED'] = 'False'
os.environ.setdefault('HF_HUB_OFFLINE', '1')

import cv2
import gradio as gr

from ..recognition.shipped_weights import shipped_weights
from ..video.stopping import StopSignals
from .analysis import Analyser, compare
from .answers import Answer, Step
from .uploads import MAX_BYTES, MAX_FRAMES, Prepared
from .workspace import Workspace

TITLE = 'mmvkp: key positions in videos'
INTRO = f"""# {TITLE}

Small networks that were trained on StickAction, synthetic videos of stick figures.
Choose a model and an example, or upload a video (at most {MAX_BYTES // 10**6} MB; the
first {MAX_FRAMES} frames are used). Other videos get the class of StickAction that fits
best.
"""
NO_MODEL = 'none'
# Age in seconds of cached files that Gradio removes, and the interval of this.
_CACHE = (300, 900)
# System fonts: the default theme loads fonts from a server.
_FONTS = ['system-ui', 'Segoe UI', 'Roboto', 'sans-serif']
_MONO = ['ui-monospace', 'Consolas', 'monospace']
# Smallest scale of the frames of a strip.
_LEAST = 0.4
_CSS = """
.bars { width: 100%; border-collapse: collapse; }
.bars td { padding: 2px 6px; }
.bars, .bars tbody, .bars tr, .bars td { border: none !important; }
.bars .bar { background: #2f6fd0; height: 10px; border-radius: 2px; }
.bars td:nth-child(2) { width: 45%; }
.bars td:nth-child(3) { white-space: nowrap; }
.facts { opacity: 0.8; font-size: 0.9em; }
.strip { overflow-x: auto; margin: 8px 0; }
.strip img { max-width: none !important; width: 100%; margin: 0; }
.volume img { width: 100%; margin: 0; }
.progress { background: var(--border-color-primary); border-radius: 3px; height: 8px; }
.progress div { background: #2f6fd0; border-radius: 3px; height: 8px; }
.error { color: #b3261e; font-weight: 600; }
footer { display: none !important; }
"""
# Part of the names of recipes -> what their networks show.
_KINDS = {
    'kpsem': 'key-point shifts',
    'afnet': 'frame selection',
    'aknet': 'action keypoints',
    'point3d': 'action tubes',
}


def progress_text(text: str, share: float) -> str:
    """Progress as HTML.

    Args:
        text (str): Current work.
        share (float): Finished share, in [0, 1].
    """
    percent = round(100 * min(max(share, 0.0), 1.0))
    return (
        f'<p>{html.escape(text)} ({percent} %)</p>'
        f'<div class="progress"><div style="width: {percent}%"></div></div>'
    )


def result_html(answer: Answer) -> str:
    """Classes, facts and pictures of an answer as HTML."""
    rows = ''.join(
        f'<tr><td>{html.escape(name)}</td><td><div class="bar" '
        f'style="width: {max(1, round(100 * score))}%"></div></td>'
        f'<td>{100 * score:.1f} %</td></tr>'
        for name, score in answer.classes
    )
    facts = '; '.join(
        f'{html.escape(name)}: {html.escape(value)}' for name, value in answer.facts
    )
    volume = '' if answer.volume is None else _picture('volume', answer.volume)
    return (
        f'<h3>{html.escape(answer.model)}: {html.escape(answer.headline)}</h3>'
        f'<table class="bars">{rows}</table><p class="facts">{facts}</p>'
        f'<p>{html.escape(answer.legend)}</p>'
        f'{_picture("strip", answer.picture)}{volume}'
    )


def _picture(kind: str, path: Path) -> str:
    """Picture that opens in full size."""
    url = f'gradio_api/file={quote(str(path))}'
    # Frames stay visible on narrow screens, where the strip can be scrolled.
    least = _LEAST * cv2.imread(str(path)).shape[1] if kind == 'strip' else 0
    names = dict(strip='Frames of the video', volume='Tubes in space and time')
    return (
        f'<div class="{kind}"><a href="{url}" target="_blank">'
        f'<img src="{url}" alt="{names[kind]}" style="min-width: {least:.0f}px">'
        '</a></div>'
    )


def model_choices() -> List[Tuple[str, str]]:
    """Label and name of each model."""
    return [
        (f'{name}: {_KINDS.get(re.split("[-_]", each.recipe)[0], "a host")}', name)
        for name, each in shipped_weights().items()
    ]


class Panel:
    """Components of the result of one model."""

    def __init__(self) -> None:
        with gr.Column(visible=False, min_width=300) as self.column:
            self.result = gr.HTML(elem_classes='result')
            self.movie = gr.Video(label='Video', autoplay=True, loop=True, height=300)
            with gr.Row():
                self.content = gr.DownloadButton('Download JSON')
                self.file = gr.DownloadButton('Download mp4')

    @property
    def components(self) -> List[Any]:
        """All components, in the order of `updates`."""
        return [self.column, self.result, self.movie, self.content, self.file]

    @staticmethod
    def updates(answer: Optional[Answer] = None) -> List[Any]:
        """Values of the components; without an answer the panel is hidden."""
        if answer is None:
            return [gr.update(visible=False), '', None, None, None]
        files = [str(each) for each in (answer.movie, answer.content, answer.movie)]
        return [gr.update(visible=True), result_html(answer), *files]


def run_page(
    analyser: Analyser, workspace: Workspace, first: str, second: str, video: Any
) -> Iterator[List[Any]]:
    """Values of the status and of both panels while a run goes on.

    Args:
        analyser (Analyser): The models.
        workspace (Workspace): Folder of the files.
        first (str): Name of a model.
        second (str): Name of the model to compare, or `NO_MODEL`.
        video (str, optional): Uploaded file.

    Yields:
        list: Status as HTML and the values of `Panel.components`, twice.
    """
    empty = [*Panel.updates(), *Panel.updates()]
    if not video:
        yield [_error('Upload a video or choose an example first.'), *empty]
        return
    names = [each for each in (first, second) if each and each != NO_MODEL]
    notes: List[str] = []
    try:
        for item in analyser.run(names, str(video), workspace.new_run()):
            if isinstance(item, Step):
                yield [progress_text(*item), *empty]
            elif isinstance(item, Prepared):
                notes = item.notes
            else:
                yield [_summary(item, notes), *_panels(item)]
    except (ValueError, KeyError, OSError) as error:
        text = error.args[0] if isinstance(error, KeyError) else error
        yield [_error(str(text)), *empty]


def _panels(answers: Sequence[Answer]) -> List[Any]:
    """Values of both panels."""
    shown = [*answers, None][:2]
    return [value for answer in shown for value in Panel.updates(answer)]


def _summary(answers: Sequence[Answer], notes: Sequence[str]) -> str:
    """Status after a run."""
    text = ' '.join(filter(None, [compare(answers), *notes]))
    return f'<p>Done. {html.escape(text)}</p>'


def _error(text: str) -> str:
    """Message for the user as HTML."""
    return f'<p class="error" role="alert">{html.escape(text)}</p>'


def build_page(workspace: Workspace, examples: Sequence[Tuple[str, str]]) -> gr.Blocks:
    """Build the page.

    Args:
        workspace (Workspace): Folder of the files.
        examples (Sequence[tuple[str, str]]): See `make_examples`.
    """
    analyser, choices = Analyser(), model_choices()

    def run(first: str, second: str, video: Any) -> Iterator[List[Any]]:
        yield from run_page(analyser, workspace, first, second, video)

    with gr.Blocks(title=TITLE, analytics_enabled=False, delete_cache=_CACHE) as page:
        gr.Markdown(INTRO)
        with gr.Row():
            with gr.Column(scale=1, min_width=300):
                model = gr.Dropdown(choices, value=choices[0][1], label='Model')
                other = gr.Dropdown(
                    [(NO_MODEL, NO_MODEL), *choices],
                    value=NO_MODEL,
                    label='Compare with',
                )
                video = gr.Video(label='Video', sources=['upload'], height=240)
                gr.Examples(
                    [[path] for path, _ in examples],
                    inputs=[video],
                    example_labels=[text for _, text in examples],
                    label='Examples',
                )
                with gr.Row():
                    start = gr.Button('Run', variant='primary', elem_id='run')
                    stop = gr.Button('Stop', elem_id='stop')
            with gr.Column(scale=2, min_width=300):
                status = gr.HTML('<p>No run yet.</p>', elem_id='status')
                with gr.Row():
                    panels = [Panel(), Panel()]
        outputs = [status, *panels[0].components, *panels[1].components]
        event = start.click(
            run, [model, other, video], outputs, show_progress='hidden', api_name='run'
        )
        stop.click(lambda: '<p>Stopped.</p>', None, [status], cancels=[event])
    page.queue(default_concurrency_limit=1, max_size=8)
    return page


def launch_options(workspace: Workspace) -> Dict[str, Any]:
    """Options of `launch` without any access to the network.

    Args:
        workspace (Workspace): Folder of the files.
    """
    theme = gr.themes.Default(font=_FONTS, font_mono=_MONO)
    return dict(
        theme=theme,
        css=_CSS,
        max_file_size=MAX_BYTES,
        allowed_paths=[str(workspace.root)],
        ssr_mode=False,
        share=False,
        quiet=True,
        footer_links=[],
    )


def start_page(host: str, port: int) -> None:
    """Start the server, until Ctrl-C or SIGTERM; then remove all temporary files.

    Args:
        host (str): Address to listen on.
        port (int): Port.
    """
    from .examples import make_examples

    stopped = threading.Event()
    # The signals first: a stop while the server starts removes the files, too.
    with StopSignals(stopped.set), Workspace() as workspace:
        os.environ['GRADIO_TEMP_DIR'] = str(workspace.uploads)
        page = build_page(workspace, make_examples(Path(workspace.examples)))
        page.launch(
            server_name=host,
            server_port=port,
            prevent_thread_lock=True,
            **launch_options(workspace),
        )
        try:
            stopped.wait()
        finally:
            page.close(verbose=False)
