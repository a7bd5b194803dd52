# Point3D on JHMDB, split 1 (paper, Tables 1, 3 and 4).
_base_ = [
    '../../_base_/default_runtime.py',
    '../../_base_/models/point3d_hg104.py',
    '../../_base_/datasets/jhmdb_tubes.py',
    '../../_base_/schedules/point3d_20e.py',
]

# Weights of COCO, by tools/model_converters/convert_hourglass.py. The 3D Head
# starts at random: the paper names Kinetics for AVA alone.
load_from = 'checkpoints/hourglass104.pth'
