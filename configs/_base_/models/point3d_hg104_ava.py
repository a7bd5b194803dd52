# Point3D for AVA: several actors in a frame, each with one or more of 80 actions.
# Therefore the 3D head classifies boxes; the paper does not describe this. There are
# no joints. The 3D head starts from Kinetics (paper, Table 2).
_base_ = 'point3d_hg104.py'

num_classes = 80
num_knots = 0

model = dict(
    point_head=dict(num_knots=num_knots),
    clip_backbone=dict(
        # 16 x 16 cells of 256 x 256 pixels: a cell is 16 pixels wide.
        stage_strides=(1, 2, 1, 1),
        init_cfg=[
            dict(type='Kaiming', layer='Conv3d'),
            dict(type='Constant', layer='_BatchNorm', val=1.0),
            # From `mmvkp weights resnext3d`: all layers except the stem, which
            # has 128 input channels here.
            dict(
                type='Pretrained',
                checkpoint='checkpoints/resnext101_k400.pth',
                prefix='clip_backbone.',
            ),
        ],
    ),
    cls_head=dict(
        num_classes=num_classes, cls_mode='actor', multi_label=True, featmap_stride=16
    ),
    test_cfg=dict(box_format='ava'),
)
