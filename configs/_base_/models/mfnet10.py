# A small MFNet that trains on a CPU: two stages of two units, on 16 x 16 and 8 x 8
# cells for frames of 64 x 64 pixels; it halves the number of frames. Chosen here,
# not in a paper.
_base_ = 'mfnet.py'

num_classes = 12

model = dict(
    backbone=dict(
        base_channels=32,
        stage_blocks=(2, 2),
        num_fibers=4,
        out_indices=(1,),
        init_cfg=None,
    ),
    cls_head=dict(
        in_channels=64,
        num_classes=num_classes,
        # As in r3d10.py, for the same reason.
        init_std=0.07,
        label_smooth_eps=0.05,
    ),
)
