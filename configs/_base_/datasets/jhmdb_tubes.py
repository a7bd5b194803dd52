# JHMDB as MMAction2's tools/data/jhmdb/README.md lays it out, and beside it
# joint_positions of http://jhmdb.is.tue.mpg.de. Three splits.
_base_ = 'tubes_16x1x1.py'

data_root = 'data/jhmdb'
split = 1
files = dict(
    ann_file=f'{data_root}/JHMDB-GT.pkl',
    data_prefix=dict(img=f'{data_root}/Frames'),
    joint_prefix=f'{data_root}/joint_positions',
    filename_tmpl='{:05}.png',
    split=split,
)
# Joints of the left and of the right side change places when mirrored.
flip = dict(
    type='Flip',
    flip_ratio=0.5,
    left_kp=[4, 6, 8, 10, 12, 14],
    right_kp=[3, 5, 7, 9, 11, 13],
)
train_pipeline = [
    flip if step['type'] == 'Flip' else step for step in _base_.train_pipeline
]

train_dataloader = dict(dataset=dict(pipeline=train_pipeline, **files))
val_dataloader = dict(dataset=files)
test_dataloader = dict(dataset=files)

val_evaluator = dict(ann_file=files['ann_file'], split=split)
test_evaluator = val_evaluator
