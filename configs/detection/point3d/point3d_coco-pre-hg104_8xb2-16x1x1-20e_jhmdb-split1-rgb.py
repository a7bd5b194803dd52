# Point3D on JHMDB, split 1 (paper, Tables 1, 3 and 4).
_base_ = [
    '../../_base_/default_runtime.py',
    '../../_base_/models/point3d_hg104.py',
    '../../_base_/datasets/jhmdb_tubes.py',
    '../../_base_/schedules/point3d_12e.py',
]

# More epochs than on UCF101-24: not in the paper.
max_epochs = 20
train_cfg = dict(max_epochs=max_epochs)
param_scheduler = [dict(_base_.param_scheduler[0], end=max_epochs)]
# COCO weights, converted by `mmvkp weights hourglass`. The 3D head is initialised
# at random: the paper names Kinetics for AVA only.
load_from = 'checkpoints/hourglass104.pth'
