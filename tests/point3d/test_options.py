"""Invalid options of the point head."""

import subprocess
import sys

import pytest

from .point_scenes import make_head

pytest.importorskip(
    'mmdet.models', reason='the losses need MMDetection and the full mmcv'
)


@pytest.mark.parametrize(
    'options, error, message',
    [
        (dict(num_knots=1.5), TypeError, 'num_knots=1.5 is a float'),
        (dict(num_stacks=0), ValueError, 'num_stacks=0 is outside'),
        (dict(knot_norm='all'), ValueError, "knot_norm='all' is not known"),
        (dict(loss_cfg=dict(wh={})), ValueError, "key of loss_cfg='wh'"),
        (dict(target_cfg=dict(radius='x')), ValueError, "radius='x' is not known"),
        (dict(target_cfg=dict(min_overlap=1)), ValueError, 'min_overlap=1 is'),
        (dict(target_cfg=dict(box_reach=-1)), ValueError, 'box_reach=-1 is'),
        (dict(target_cfg=dict(box_reach=10**6)), ValueError, r'in \[0, 16\]'),
        *[
            (dict(loss_cfg={name: dict(loss_weight=weight)}), error, f'{name}.loss_we')
            for name in ('loss_box', 'loss_wh')
            for weight, error in (
                ('1', TypeError),
                (None, TypeError),
                (-1, ValueError),
                (float('nan'), ValueError),
            )
        ],
        (dict(target_cfg=dict(box_reach=0.5)), TypeError, 'box_reach=0.5 is a'),
        (dict(loss_cfg=dict(loss_box=1.0)), TypeError, 'loss_box of loss_cfg=1.0'),
        (dict(test_cfg=dict(kernel=2)), ValueError, 'kernel=2 is even'),
        (dict(test_cfg=dict(topk=0)), ValueError, 'topk=0 is outside'),
        (dict(test_cfg=dict(kp_refine='box')), ValueError, "kp_refine='box'"),
        (dict(test_cfg=dict(knot_thr=2)), ValueError, 'knot_thr=2 is not a finite'),
        (
            dict(test_cfg=dict(kp_rescore=-1)),
            ValueError,
            'kp_rescore=-1 is not a finite',
        ),
        (dict(num_knots=False), TypeError, 'num_knots=False is a bool'),
        (dict(num_knots=-1), ValueError, 'num_knots=-1 is not'),
        (dict(loss_cfg=3), TypeError, 'loss_cfg=3 is a int'),
        (dict(loss_cfg=dict(loss_wh=0.5)), TypeError, 'loss_wh of loss_cfg=0.5'),
        (dict(test_cfg=dict(knot_thr='0.1')), TypeError, "knot_thr='0.1' is a str"),
        (dict(target_cfg=dict(min_overlap='x')), TypeError, "min_overlap='x' is a"),
        (
            dict(num_knots=0, test_cfg=dict(kp_rescore=1)),
            ValueError,
            'need joints; set num_knots',
        ),
    ],
)
def test_wrong_options(options, error, message):
    with pytest.raises(error, match=message):
        make_head(**options)


@pytest.mark.parametrize(
    'options, message',
    [
        (dict(num_knots=0, knot_norm='joint'), "knot_norm='joint' .* with num_knots=0"),
        (dict(num_knots=0, test_cfg=dict(knot_thr=0.5)), 'knot_thr=0.5 has no effect'),
        (
            dict(num_knots=0, loss_cfg=dict(loss_knot_offset=dict(loss_weight=2.0))),
            r"\['loss_knot_offset'\] of loss_cfg have no effect with num_knots=0",
        ),
        (dict(test_cfg=dict(hull_weight=0.9)), 'hull_weight=0.9 .* kp_refine=None'),
        (dict(test_cfg=dict(hull_margin=0.2)), 'hull_margin=0.2 .* kp_refine=None'),
    ],
)
def test_options_without_effect(options, message):
    with pytest.raises(ValueError, match=message):
        make_head(**options)
    make_head(test_cfg=dict(kp_refine='hull', hull_weight=0.9, hull_margin=0.2))


def test_missing_operators_are_named():
    text = subprocess.run(
        [
            sys.executable,
            '-c',
            'import sys\n'
            'sys.modules["mmcv._ext"] = None\n'
            'from mmvkp.point3d import Point3DHead\n'
            'try: Point3DHead(4)\n'
            'except ImportError as error: print(error)',
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert 'Point3DHead: mmdet.GaussianFocalLoss could not be imported' in text
    assert 'not mmcv-lite' in text
