"""Drawing: arrays and results in, pictures out."""
from .accuracy_cost import CostPoint, draw_accuracy_cost
from .action_keypoint_marks import draw_action_keypoints, draw_heatmap
from .class_gain import draw_class_gain
from .frame_strip import draw_frame_selection
from .key_point_shifts import draw_key_point_shifts
from .point_heatmaps import draw_point_clip, draw_point_heatmaps
from .predictions import draw_predictions
from .selection_share import draw_selection_share
from .tube_plot import draw_space_time
from .tubes import Tube, draw_tubes

__all__ = [
    'CostPoint', 'Tube', 'draw_accuracy_cost', 'draw_action_keypoints',
    'draw_class_gain', 'draw_frame_selection', 'draw_heatmap',
    'draw_key_point_shifts', 'draw_point_clip', 'draw_point_heatmaps',
    'draw_predictions', 'draw_selection_share', 'draw_space_time', 'draw_tubes'
]
