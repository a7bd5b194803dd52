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
        (dict(test_cfg=dict(kernel=2)), ValueError, 'kernel=2 is even'),
        (dict(test_cfg=dict(topk=0)), ValueError, 'topk=0 is outside'),
        (dict(test_cfg=dict(kp_refine='box')), ValueError, "kp_refine='box'"),
        (dict(test_cfg=dict(knot_thr=2)), ValueError, r'knot_thr=2 is outside \['),
        (dict(test_cfg=dict(kp_rescore=-1)), ValueError, 'kp_rescore=-1 is neg'),
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
