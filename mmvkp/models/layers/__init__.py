"""Unregistered blocks: tensors in, tensors out."""
from .key_point_shift import AdaptiveRegionalShiftExtractor

__all__ = ['AdaptiveRegionalShiftExtractor']
