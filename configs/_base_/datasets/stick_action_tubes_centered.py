# stick_action_tubes.py with the clips of the test also in training: one around every
# third frame.
_base_ = 'stick_action_tubes.py'

train_dataloader = dict(dataset=dict(train_clips='centered', clip_stride=3))
val_dataloader = dict(dataset=dict(test_clips='centered'))

# Clips vote on the class; tubes end where the score falls.
val_evaluator = dict(
    preset=dict(type='moc', class_window=4),
    linker=dict(type='greedy', min_length=5, max_gap=2, trim_threshold=0.1),
)
test_evaluator = val_evaluator
