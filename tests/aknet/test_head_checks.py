"""Arguments of a classification head that are refused, and those that are not."""

import pytest

from mmvkp.aknet.head_checks import check_base_head, check_losses

CLS = dict(type='CrossEntropyLoss', loss_weight=0.5)
SPARSITY = dict(type='HeatmapSparsityLoss')


@pytest.mark.parametrize(
    'kwargs',
    [
        dict(),
        dict(dropout_ratio=0, init_std=0, label_smooth_eps=0.99),
        dict(topk=3, average_clips='score', multi_class=True),
        dict(topk=[1, 5], average_clips=None),
        dict(loss_cls='not checked here'),
    ],
)
def test_arguments_that_fit(kwargs):
    check_base_head('Head', **{**dict(dropout_ratio=0.5, init_std=0.01), **kwargs})


@pytest.mark.parametrize(
    'kwargs, error, message',
    [
        (dict(dropout_ratio=1.5), ValueError, 'dropout_ratio=1.5 is not a finite'),
        (dict(dropout_ratio=1), ValueError, r'dropout_ratio=1 is outside \[0, 1\)'),
        (dict(dropout_ratio=True), TypeError, 'dropout_ratio=True is a bool'),
        (dict(init_std=-1), ValueError, 'init_std=-1 is not a finite number'),
        (dict(init_std=float('nan')), ValueError, 'init_std=nan is not a finite'),
        (dict(multi_class=1), TypeError, 'multi_class=1 is a int'),
        (dict(label_smooth_eps=2), ValueError, 'label_smooth_eps=2 is not a finite'),
        (dict(label_smooth_eps=1.0), ValueError, 'label_smooth_eps=1.0 is outside'),
        (dict(topk=(1, 0)), ValueError, 'topk=0 is outside'),
        (dict(topk=0), ValueError, 'topk=0 is outside'),
        (dict(topk=(1, 2.0)), TypeError, 'topk=2.0 is a float'),
        (dict(average_clips='mean'), ValueError, "average_clips='mean' is not known"),
    ],
)
def test_arguments_that_do_not_fit(kwargs, error, message):
    with pytest.raises(error, match=f'Head: {message}'):
        check_base_head('Head', **{**dict(dropout_ratio=0.5, init_std=0.01), **kwargs})


@pytest.mark.parametrize(
    'loss_cls, loss_aux, loss_sparsity',
    [(CLS, CLS, SPARSITY), (CLS, None, SPARSITY), (CLS, CLS, None), (None, CLS, None)],
)
def test_losses_that_fit(loss_cls, loss_aux, loss_sparsity):
    """One loss of the heatmap is enough, and a weight may be left out."""
    check_losses(loss_cls, loss_aux, loss_sparsity)


@pytest.mark.parametrize(
    'kwargs, error, message',
    [
        (dict(loss_cls='ce'), TypeError, "loss_cls='ce' is not a config"),
        (
            dict(loss_sparsity=dict(type=0.5)),
            TypeError,
            'loss_sparsity=.* not a config',
        ),
        (
            dict(loss_aux=dict(CLS, loss_weight=0)),
            ValueError,
            'loss_aux has loss_weight=0, so it has no effect.*or None for loss_aux',
        ),
        (
            dict(loss_sparsity=dict(SPARSITY, loss_weight=-1.0)),
            ValueError,
            'loss_sparsity: loss_weight=-1.0 is not a finite number',
        ),
        (
            dict(loss_cls=dict(CLS, loss_weight='1')),
            TypeError,
            "loss_cls: loss_weight='1' is a str",
        ),
        (
            dict(loss_aux=None, loss_sparsity=None),
            ValueError,
            'loss_aux=None and loss_sparsity=None leave the heatmap without a gradient',
        ),
    ],
)
def test_losses_that_do_not_fit(kwargs, error, message):
    given = dict(loss_cls=CLS, loss_aux=CLS, loss_sparsity=SPARSITY)
    with pytest.raises(error, match=f'AKHead: {message}'):
        check_losses(**{**given, **kwargs})
