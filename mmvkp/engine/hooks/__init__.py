"""Hooks around training and testing."""
from .data_check_hook import DataCheckHook
from .sample_seed_hook import SampleSeedHook
from .selection_anneal_hook import SelectionAnnealHook
from .selection_record_hook import SelectionRecordHook

__all__ = [
    'DataCheckHook', 'SampleSeedHook', 'SelectionAnnealHook',
    'SelectionRecordHook'
]
