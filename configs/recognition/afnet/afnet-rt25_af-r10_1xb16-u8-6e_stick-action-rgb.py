# AFNet, RT = 0.25: a quarter of the frames in each focal block.
_base_ = 'afnet-rt50_af-r10_1xb16-u8-6e_stick-action-rgb.py'

target_ratio = 0.25
model = dict(neck=dict(ratio_loss=dict(target_ratio=target_ratio)))
