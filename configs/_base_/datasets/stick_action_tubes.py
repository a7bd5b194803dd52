# StickAction, untrimmed variant for detection, made by `mmvkp data stick-action`
# with --variant untrimmed --train 3600 --test 72 --frame-size 64 --num-frames 20:
# one to three actors of one class, who stand still before and after their action.
# No flip: it swaps classes. The environment variable MMVKP_STICK_TUBES gives the
# folder of the data, by default data/stick_tubes.
data_root = '{{$MMVKP_STICK_TUBES:data/stick_tubes}}'
dataset_type = 'TubeDataset'
# Half of a video; the paper's 16 frames would be nearly all of it.
clip_len = 8
num_gpus = 1
batch_size = 8
# Every n-th clip of a video in an epoch, including clips in which an actor has no
# action: without them the network finds the action there as well.
clip_stride = 2
train_clips = 'all'

train_pipeline = [
    dict(type='SampleTubeFrames'),
    dict(type='RawFrameDecode'),
    dict(type='LoadTubes'),
    dict(type='FormatShape', input_format='NCTHW', collapse=True),
    dict(type='PackTubeInputs'),
]
test_pipeline = train_pipeline

dataset = dict(
    type=dataset_type,
    ann_file=f'{data_root}/StickAction-GT.pkl',
    data_prefix=dict(img=f'{data_root}/Frames'),
    joint_prefix=f'{data_root}/joint_positions',
    filename_tmpl='{:05}.png',
    clip_len=clip_len,
)

train_dataloader = dict(
    batch_size=batch_size,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        clip_stride=clip_stride,
        train_clips=train_clips,
        pipeline=train_pipeline,
        **dataset,
    ),
)
val_dataloader = dict(
    batch_size=batch_size,
    num_workers=2,
    persistent_workers=False,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        pipeline=test_pipeline, test_mode=True, test_clips='windows', **dataset
    ),
)
# A clip around each frame: eight times the cost of adjacent clips, many of which
# contain only half of an action.
test_dataloader = dict(
    val_dataloader, dataset=dict(val_dataloader['dataset'], test_clips='centered')
)
auto_scale_lr = dict(enable=False, base_batch_size=num_gpus * batch_size)

# Actions of these short videos can be shorter than MOC's 15 frames.
val_evaluator = dict(
    type='TubeMetric',
    ann_file=f'{data_root}/StickAction-GT.pkl',
    linker=dict(type='greedy', min_length=5),
)
test_evaluator = val_evaluator
