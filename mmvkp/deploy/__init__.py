"""Export of trained models to ONNX files that `mmvkp.runtime` runs."""

from .export import export_model

__all__ = ['export_model']
