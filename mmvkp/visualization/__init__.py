"""Drawing: arrays and results in, pictures out."""
from .class_gain import draw_class_gain
from .key_point_shifts import draw_key_point_shifts
from .predictions import draw_predictions
from .tubes import Tube, draw_tubes

__all__ = [
    'Tube', 'draw_class_gain', 'draw_key_point_shifts', 'draw_predictions',
    'draw_tubes'
]
