"""Hooks around training and testing, and several optimisers in one run."""
from .hooks import (DataCheckHook, SampleSeedHook, SelectionAnnealHook,
                    SelectionRecordHook)
from .optimizers import JointOptimWrapperDict, PartOptimWrapperConstructor

__all__ = [
    'DataCheckHook', 'JointOptimWrapperDict', 'PartOptimWrapperConstructor',
    'SampleSeedHook', 'SelectionAnnealHook', 'SelectionRecordHook'
]
