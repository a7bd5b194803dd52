"""Credentials in addresses."""

import pytest

from mmvkp.video import open_source
from mmvkp.video.urls import is_url, mask_credentials, protocol_of

from ..cli import run


@pytest.mark.parametrize(
    'text, masked',
    [
        ('rtsp://admin:secret@cam:554/1', 'rtsp://***@cam:554/1'),
        ('rtsp://admin:sec@ret@cam/1', 'rtsp://***@cam/1'),
        ('rtsp://admin:sec/ret?x@cam/1', 'rtsp://***@cam/1'),
        ('RTSPS://secret@cam', 'RTSPS://***@cam'),
        (
            'http://cam/a.cgi?user=x&pwd=secret&ch=1',
            'http://cam/a.cgi?user=***&pwd=***&ch=1',
        ),
        (
            'https://h/v.mp4?X-Amz-Signature=secret',
            'https://h/v.mp4?X-Amz-Signature=***',
        ),
        ('http://h/v.mp4?access_token=secret#t', 'http://h/v.mp4?access_token=***#t'),
        (
            "no 'rtsp://a:secret@b' and rtsp://c:secret@d.",
            "no 'rtsp://***@b' and rtsp://***@d.",
        ),
        ('rtsp://cam/1', 'rtsp://cam/1'),
        ('http://h/v.mp4?t=10', 'http://h/v.mp4?t=10'),
        ('mail a@b.c, file C:/a@b', 'mail a@b.c, file C:/a@b'),
    ],
)
def test_masked_texts(text, masked):
    assert mask_credentials(text) == masked
    assert mask_credentials(masked) == masked


def test_recognised_urls():
    assert is_url('rtsp://a') and protocol_of('RTSP://a') == 'rtsp'
    assert not any(map(is_url, ('a.mp4', '/a://b', 0, None)))


@pytest.mark.parametrize(
    'url', ['rtsp://me:secret@127.0.0.1:1/x', 'http://me:secret@127.0.0.1:1/x.mp4']
)
def test_no_output_of_a_refused_connection_has_the_password(url, capfd):
    """FFmpeg and OpenCV write to the file descriptor."""
    with pytest.raises(ValueError, match=r'\*\*\*@127.0.0.1:1/x') as caught:
        open_source(url)
    assert 'secret' not in ''.join((str(caught.value), *capfd.readouterr()))


def test_errors_of_the_command_line_are_masked(capsys):
    assert (
        run('predict', 'a', '--model', 'rtsp://me:secret@cam/x', '--weights', 'w') == 1
    )
    assert run('evaluate', 'runs', '--frm', 'rtsp://me:secret@cam/x') == 1
    text = ''.join(capsys.readouterr())
    assert 'secret' not in text
