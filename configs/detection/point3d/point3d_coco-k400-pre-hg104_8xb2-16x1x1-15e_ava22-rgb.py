# Point3D on AVA v2.2 (paper, Table 2).
_base_ = [
    '../../_base_/default_runtime.py',
    '../../_base_/models/point3d_hg104_ava.py',
    '../../_base_/datasets/ava22_tubes.py',
    '../../_base_/schedules/point3d_15e.py',
]

# COCO weights, converted by `mmvkp weights hourglass`.
load_from = 'checkpoints/hourglass104.pth'
