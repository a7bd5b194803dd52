"""The page in headless Chromium: upload, run, stop, downloads, two widths."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import pytest

from ..bright_dot import write_dot

pytest.importorskip('gradio', reason='Gradio is missing: pip install "mmvkp[demo]"')
sync_api = pytest.importorskip(
    'playwright.sync_api', reason='Playwright is missing: pip install playwright'
)
CHROMIUM = shutil.which('chromium') or shutil.which('google-chrome')
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None, reason='Chromium is missing: apt-get install chromium'
    ),
]
WIDTHS = dict(desktop=1280, phone=390)
# Milliseconds; a run takes seconds on one idle core. Stop waits for the present step.
LIMIT = 300_000


def free_port():
    """A port that nothing listens on."""
    with socket.socket() as opened:
        opened.bind(('127.0.0.1', 0))
        return opened.getsockname()[1]


def start(folder, port):
    """Start a demo whose temporary files are in a folder."""
    environment = dict(os.environ, TMPDIR=str(folder), OMP_NUM_THREADS='1')
    command = [sys.executable, '-W', 'ignore', '-m', 'mmvkp', 'demo', '--port']
    return subprocess.Popen([*command, str(port)], env=environment)


def end(process, folder):
    """Stop a demo; no temporary files are left."""
    process.terminate()
    assert process.wait(180) == 0
    assert not list(folder.glob('mmvkp-demo-*'))


@pytest.fixture(scope='module')
def demo(tmp_path_factory):
    """Address of a running demo."""
    folder, port = tmp_path_factory.mktemp('temporary'), free_port()
    process = start(folder, port)
    url = f'http://127.0.0.1:{port}/'
    for _ in range(240):
        try:
            urllib.request.urlopen(url, timeout=5).close()
            break
        except OSError:
            assert process.poll() is None
            time.sleep(1)
    yield url
    end(process, folder)


@pytest.fixture(scope='module')
def browser():
    """A headless Chromium."""
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=CHROMIUM, args=['--no-sandbox']
        )
        yield opened
        opened.close()


def open_page(browser, demo, width):
    """The page, and the addresses that it asks other servers for."""
    page, foreign = browser.new_page(viewport=dict(width=width, height=900)), []
    page.set_default_timeout(LIMIT)
    page.on(
        'request',
        lambda request: (
            None
            if request.url.startswith((demo, 'data:', 'blob:'))
            else foreign.append(request.url)
        ),
    )
    page.goto(demo)
    page.wait_for_selector('#run')
    return page, foreign


def upload(page, path):
    """Upload a video and wait until the page has it."""
    page.set_input_files('input[type=file]', path)
    page.wait_for_selector('video')


def wait_for(page, text):
    """Wait for a text in the status."""
    try:
        page.wait_for_function(
            f"document.querySelector('#status').innerText.includes({text!r})"
        )
    except sync_api.TimeoutError:
        pytest.fail(f'no {text!r} in the status: {page.inner_text("#status")!r}')


@pytest.mark.parametrize('width', WIDTHS.values(), ids=list(WIDTHS))
def test_upload_and_run(demo, browser, width, tmp_path):
    page, foreign = open_page(browser, demo, width)
    upload(page, write_dot(tmp_path / 'my.mp4', (128, 96), (40, 40), 20, 2))
    page.click('#run')
    wait_for(page, 'Done.')
    assert 'central square of 128 x 96 pixels' in page.inner_text('#status')
    page.wait_for_selector('.strip img')
    page.wait_for_function(
        "[...document.querySelectorAll('.result img')].every(i => i.naturalWidth)"
    )
    with page.expect_download() as waiting:
        page.get_by_text('Download JSON').first.click()
    waiting.value.save_as(tmp_path / 'a.json')
    assert json.loads(Path(tmp_path / 'a.json').read_text())['model']['name']
    # Nothing is wider than the screen.
    assert page.evaluate('document.documentElement.scrollWidth') <= width
    page.screenshot(path=tmp_path / 'page.png', full_page=True)
    assert (tmp_path / 'page.png').stat().st_size > 10_000
    assert not foreign
    page.close()


def test_errors_and_stop(demo, browser, tmp_path):
    page, _ = open_page(browser, demo, 1280)
    page.click('#run')
    wait_for(page, 'Upload a video or choose an example first.')
    bad = tmp_path / 'bad.mp4'
    bad.write_bytes(b'x' * 1000)
    upload(page, bad)
    page.click('#run')
    wait_for(page, 'The video cannot be used: bad.mp4')
    assert tempfile.gettempdir() not in page.inner_text('#status')
    page.reload()
    page.wait_for_selector('#run')
    upload(page, write_dot(tmp_path / 'long.mp4', (1920, 1080), (40, 40), 150))
    page.click('#run')
    wait_for(page, '%)')
    page.click('#stop')
    wait_for(page, 'Stopped.')
    page.close()


def test_a_stop_while_the_server_starts(tmp_path):
    process = start(tmp_path, free_port())
    while not list(tmp_path.glob('mmvkp-demo-*')):
        assert process.poll() is None
        time.sleep(0.1)
    end(process, tmp_path)
