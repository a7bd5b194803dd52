"""Hooks around training and testing."""
from .hooks import DataCheckHook, SelectionAnnealHook, SelectionRecordHook

__all__ = ['DataCheckHook', 'SelectionAnnealHook', 'SelectionRecordHook']
