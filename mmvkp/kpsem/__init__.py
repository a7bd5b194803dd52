"""KPSEM: key point shifts between frames as a temporal feature.

A neck for any recognizer whose backbone returns two feature maps.
"""

from .neck import KPSEM
from .shift_extractor import AdaptiveRegionalShiftExtractor

__all__ = ['AdaptiveRegionalShiftExtractor', 'KPSEM']
