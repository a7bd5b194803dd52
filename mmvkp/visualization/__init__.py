"""Drawing: arrays and results in, pictures out."""
from .key_point_shifts import draw_key_point_shifts

__all__ = ['draw_key_point_shifts']
