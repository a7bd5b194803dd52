# Starts from the best checkpoint of UCF101-24, except for the joints and the last
# layer.
_base_ = 'point3d_coco-pre-hg104_8xb2-16x1x1-20e_jhmdb-split1-rgb.py'

load_from = 'checkpoints/point3d_ucf101-24.pth'
