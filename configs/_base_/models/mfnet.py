# MFNet (arXiv 1807.11195, Table 2), for 16 frames of 224 x 224. Mean and scale of the
# input are those of the public weights (0.0167 is 1 / 59.88), which were trained on
# Kinetics-400 and are converted by `mmvkp weights mfnet`. To train from scratch, set
# the backbone's init_cfg to None.
num_classes = 400
pretrained = 'checkpoints/mfnet_k400.pth'

model = dict(
    type='Recognizer3D',
    backbone=dict(
        type='MFNet',
        out_indices=(3,),
        init_cfg=dict(type='Pretrained', checkpoint=pretrained, prefix='backbone.'),
    ),
    cls_head=dict(
        type='I3DHead',
        in_channels=768,
        num_classes=num_classes,
        # Not in the KPSEM paper: no dropout.
        dropout_ratio=0.0,
        average_clips='prob',
    ),
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[124.0, 117.0, 104.0],
        std=[59.88, 59.88, 59.88],
        format_shape='NCTHW',
    ),
)
