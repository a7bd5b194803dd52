"""Evaluation of action tubes with numpy alone."""
from .average_precision import average_precision, match_boxes, match_tubes
from .non_maximum_suppression import suppress, suppress_tubes
from .tube_evaluation import Tubelets, evaluate_video, link_tubes, summarise
from .tube_iou import box_iou, tube_iou
from .tube_link import PRESETS, GreedyOptions, Tube, link_greedy
from .tube_options import TubeOptions, make_options
from .tube_viterbi import ViterbiOptions, link_viterbi

__all__ = [
    'PRESETS', 'GreedyOptions', 'Tube', 'TubeOptions', 'Tubelets',
    'ViterbiOptions', 'average_precision', 'box_iou', 'evaluate_video',
    'link_greedy', 'link_tubes', 'link_viterbi', 'make_options', 'match_boxes',
    'match_tubes', 'suppress', 'suppress_tubes', 'summarise', 'tube_iou'
]
