"""Command of the web demo."""

import importlib.util

import click

from ..console import command, say


@command(
    'Nothing; videos are uploaded in the browser.',
    'A web page, until Ctrl-C. Temporary files are removed at the end.',
    'mmvkp demo',
)
@click.option(
    '--host',
    default='127.0.0.1',
    show_default=True,
    help='Address to listen on; 0.0.0.0 lets other machines use the demo.',
)
@click.option('--port', type=click.IntRange(1, 65535), default=7860, show_default=True)
def demo(host: str, port: int) -> None:
    """Start a web page that runs the shipped networks on videos.

    The page shows predictions and the places that a network attends to, compares two
    networks, and needs no access to the internet. `pip install "mmvkp[demo]"`
    installs Gradio.
    """
    if importlib.util.find_spec('gradio') is None:
        raise ImportError(
            'the demo needs Gradio, which is not installed; run pip install '
            '"mmvkp[demo]", or pip install -r requirements/demo.txt in a checkout.'
        )
    from .page import start_page

    say(f'http://{host}:{port}  (Ctrl-C ends the demo)')
    start_page(host, port)
