# sgd_55e.py for AFMobileNetV3. In the authors' code its hidden layer goes with
# the classifier, and all other linear layers (merge, squeeze-and-excite) are
# trained as convolutions are, biases included.
_base_ = 'sgd_55e.py'

optim_wrapper = dict(
    paramwise_cfg=dict(
        custom_keys={
            '.merge.': dict(lr_mult=1.0),
            '.path.squeeze.': dict(lr_mult=1.0),
            '.linear.weight': dict(lr_mult=5.0),
            '.linear.bias': dict(lr_mult=10.0, decay_mult=0.0),
        }
    )
)
