"""Long-term feature bank of Point3D (paper, Table 4, T = 32).

Pass one stores features of each frame of each video; in pass two clips attend to the
features of the frames around them.
"""

from .attention import BankAttention
from .load import LoadBank

__all__ = ['BankAttention', 'LoadBank']
