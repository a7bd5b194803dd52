"""Several optimisers in one training."""
from .joint_optim_wrapper import JointOptimWrapperDict
from .part_constructor import PartOptimWrapperConstructor

__all__ = ['JointOptimWrapperDict', 'PartOptimWrapperConstructor']
