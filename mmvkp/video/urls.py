"""Addresses of videos and cameras."""

import re
from typing import Any

# Seconds after which the backend gives up opening or reading a URL. Less than
# `camera.PATIENCE`: a stalled stream then counts as lost and is opened again.
URL_TIMEOUT = 5.0
# Protocols that transfer files; all others are streams.
FILE_PROTOCOLS = ('http', 'https', 'ftp', 'ftps', 'sftp')

_URL = re.compile(r'(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)(?P<rest>[^\s\'"<>]*)')
_SECRET = re.compile(
    r'(?P<key>[?&;][^=&;#\s]*'
    r'(?:pass|pwd|user|usr|login|token|secret|key|auth|sig|cred)'
    r'[^=&;#\s]*=)[^&;#\s]*',
    re.IGNORECASE,
)


def is_url(source: object) -> bool:
    """True for a text with a protocol, such as `rtsp://camera/1`."""
    return isinstance(source, str) and _URL.match(source) is not None


def protocol_of(url: str) -> str:
    """Protocol of a URL in lower case."""
    return url.split('://', 1)[0].lower()


def mask_credentials(text: str) -> str:
    """Replace user names, passwords and keys of all URLs in a text by `***`.

    All text before the last `@` of a URL is masked, because a password may contain
    `@` and `/`. In the query, values of keys such as `password` and `token` are
    masked.

    Args:
        text (str): A URL, or a message that may contain URLs.

    Returns:
        str: The text without credentials.

    Example:
        >>> mask_credentials('rtsp://admin:1234@cam/1 does not answer')
        'rtsp://***@cam/1 does not answer'
    """

    def mask(match: 're.Match[str]') -> str:
        _, at, place = match['rest'].rpartition('@')
        start = match['scheme'] + ('***@' if at else '')
        return start + _SECRET.sub(r'\g<key>***', place)

    return _URL.sub(mask, text)


def open_url(url: str) -> Any:
    """Open a URL; a server that does not answer is given up after `URL_TIMEOUT`.

    Args:
        url (str): The address.

    Returns:
        cv2.VideoCapture: It may be closed: see its `isOpened`.
    """
    import cv2

    if cv2.CAP_FFMPEG not in cv2.videoio_registry.getStreamBackends():
        return cv2.VideoCapture(url)
    limit = int(1000 * URL_TIMEOUT)
    options = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, limit]
    options += [cv2.CAP_PROP_READ_TIMEOUT_MSEC, limit]
    return cv2.VideoCapture(url, cv2.CAP_FFMPEG, options)
