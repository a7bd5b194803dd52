# UCF101-24, first split, in the layout of MMAction2's tools/data/ucf101_24/README.md.
# It has no joints.
_base_ = 'tubes_16x1x1.py'

data_root = 'data/ucf101_24'
files = dict(
    ann_file=f'{data_root}/UCF101v2-GT.pkl',
    data_prefix=dict(img=f'{data_root}/rgb-images'),
)

train_dataloader = dict(dataset=files)
val_dataloader = dict(dataset=files)
test_dataloader = dict(dataset=files)

val_evaluator = dict(
    ann_file=files['ann_file'], video_iou_thrs=(0.1, 0.2, 0.5, 0.75, '0.5:0.95')
)
test_evaluator = val_evaluator
