"""Hooks around training and testing."""
from .hooks import DataCheckHook

__all__ = ['DataCheckHook']
