# Ablation (AFNet paper, Table 5): a plain ResNet-50 that skips frames, RT = 0.5.
_base_ = 'afnet-rt50_in1k-pre-af-r50_2xb16-1x1x12-55e_activitynet-rgb.py'

target_ratio = 0.5
# torchvision's weights, converted by `mmvkp weights afnet`.
pretrained = 'checkpoints/r50_in1k.pth'
model = dict(
    backbone=dict(
        arch_cfg=dict(two_branches=False), init_cfg=dict(checkpoint=pretrained)
    ),
    neck=dict(ratio_loss=dict(target_ratio=target_ratio)),
)
