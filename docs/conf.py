"""Sphinx configuration of the documentation.

Pages of the repository, the model zoo and the reference are written into
`docs/generated` before each build, see `pages.py`, `zoo.py` and `reference.py`.
"""

import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent
sys.path[:0] = [str(DOCS), str(DOCS.parent)]

import pages  # noqa: E402
import reference  # noqa: E402
import zoo  # noqa: E402

from mmvkp.version import __version__  # noqa: E402

project = 'mmvkp'
author = 'mmvkp contributors'
copyright = author
release = version = __version__

extensions = ['myst_parser']
myst_enable_extensions = ['deflist']
myst_heading_anchors = 4
exclude_patterns = ['_build']
nitpicky = True
suppress_warnings = ['myst.header']  # a copied page may start at any level

html_theme = 'furo'
html_title = f'mmvkp {release}'
html_static_path = ['_static']
html_css_files = ['mmvkp.css']
html_show_copyright = False


def setup(app: object) -> None:
    """Write the generated pages; rewrite links of the other pages."""
    generated = DOCS / 'generated'
    pages.write_copies(generated)
    zoo.write_zoo(generated)
    reference.write_reference(generated)
    pages.remove_old(generated)
    app.connect('source-read', pages.rewrite_source)  # type: ignore[attr-defined]
