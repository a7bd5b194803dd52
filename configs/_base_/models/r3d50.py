# R3D of the KPSEM paper (section 4.4): ResNet-50 with 1 x k x k kernels and without
# temporal pooling, initialised from 2D weights of ImageNet (torchvision's first ones;
# the second ones are of 2021, after the paper).
num_classes = 400

model = dict(
    type='Recognizer3D',
    backbone=dict(
        type='ResNet3d',
        depth=50,
        pretrained='https://download.pytorch.org/models/resnet50-0676ba61.pth',
        pretrained2d=True,
        out_indices=(3,),
        conv1_kernel=(1, 7, 7),
        with_pool2=False,
        inflate=(0, 0, 0, 0),
    ),
    cls_head=dict(
        type='I3DHead',
        in_channels=2048,
        num_classes=num_classes,
        dropout_ratio=0.0,
        average_clips='prob',
    ),
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        format_shape='NCTHW',
    ),
)
