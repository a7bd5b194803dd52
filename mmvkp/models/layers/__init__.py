"""Blocks: tensors in, tensors out; registered only if a config names them."""
from .key_point_shift import AdaptiveRegionalShiftExtractor
from .time_wise_attention import TimeWiseAttention

__all__ = ['AdaptiveRegionalShiftExtractor', 'TimeWiseAttention']
