"""Web demo: shipped networks on uploaded videos, with the places that they attend to.

All logic is in functions without Gradio; `page.py` alone imports it.
"""

from .analysis import Analyser, compare
from .answers import Answer, Step
from .uploads import prepare_video
from .workspace import Workspace

__all__ = ['Analyser', 'Answer', 'Step', 'Workspace', 'compare', 'prepare_video']
