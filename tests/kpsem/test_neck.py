"""KPSEM alone, and in recognizers with other hosts."""

import pytest
import torch
from mmaction.structures import ActionDataSample
from mmengine.optim import OptimWrapper

from mmvkp.kpsem.neck import KPSEM
from mmvkp.recognition.complexity import count_macs, count_parameters

from .kpsem_hosts import HOSTS_2D, HOSTS_3D, batch, host, one_step


@pytest.mark.parametrize('name', HOSTS_3D)
def test_3d_hosts(name):
    backbone, channels, spatial, frames = HOSTS_3D[name]
    model = host(backbone, channels, spatial, frames)
    one_step(model, (1, 3, 8, 64, 64), (6, 3, 8, 64, 64))


@pytest.mark.parametrize('name', HOSTS_2D)
def test_2d_hosts(name):
    backbone, channels, spatial, head = HOSTS_2D[name]
    model = host(backbone, channels, spatial, 4, segments=4, head=head)
    one_step(model, (4, 3, 64, 64), (12, 3, 64, 64))


def test_views_of_a_2d_host_are_scored_one_by_one():
    """Three views at once equal the mean of the three alone."""
    backbone, channels, spatial, _ = HOSTS_2D['TSN']
    model = host(backbone, channels, spatial, 4, segments=4).eval()
    together = model.test_step(batch((12, 3, 64, 64), num=1))[0].pred_score
    views = batch((12, 3, 64, 64), num=1)['inputs'][0].split(4)
    alone = [
        model.test_step(
            dict(inputs=[view], data_samples=[ActionDataSample().set_gt_label(0)])
        )[0].pred_score
        for view in views
    ]
    torch.testing.assert_close(together, torch.stack(alone).mean(0))


def test_several_views_at_a_time_equal_all_at_once():
    backbone, channels, spatial, frames = HOSTS_3D['R3D']
    model = host(backbone, channels, spatial, frames).eval()
    data = batch((4, 3, 8, 32, 32), num=1)
    whole = model.test_step(data)[0].pred_score
    model.test_cfg = dict(max_testing_views=3)
    data = batch((4, 3, 8, 32, 32), num=1)
    torch.testing.assert_close(model.test_step(data)[0].pred_score, whole)


def test_x3d_is_refused_with_the_reason():
    model = host(dict(type='X3D', gamma_w=1, gamma_b=2.25, gamma_d=2.2), 96, 432, 4)
    with pytest.raises(ValueError, match=r'a single map.*X3D'):
        model.train_step(
            batch((1, 3, 4, 32, 32)),
            OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.1)),
        )


def test_a_bare_tensor_of_a_2d_host_is_refused():
    """`Recognizer2D` would iterate over the batch instead of stages."""
    model = host(dict(type='ResNet', depth=18, out_indices=(3,)), 512, 512, 4, 4)
    with pytest.raises(ValueError, match=r'out_indices of the host'):
        model.train_step(
            batch((4, 3, 32, 32)),
            OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.1)),
        )


def test_count_of_the_paper_at_its_setting():
    """352 528, written out: MLPs, embeddings and the two convolutions."""
    neck = KPSEM(384)
    mlps = 8 * (384 * 24 + 24 + 24 * 2 + 2)
    embeddings = 8 * (4 * 2 * 24 + 24)
    convolutions = 192 * 384 * 3 + 96 * 192 * 3
    assert count_parameters(neck) == mlps + embeddings + convolutions == 352528
    maps = (torch.rand(1, 384, 8, 14, 14), torch.rand(1, 768, 8, 7, 7))
    macs = (
        8 * 8 * (384 * 24 + 24 * 2)
        + 384 * 7 * 64 * 24
        + 7 * 12 * 192 * 384 * 3
        + 7 * 6 * 96 * 192 * 3
    )
    assert count_macs(neck, maps) == macs == 25623552
    feature, losses = neck(maps)
    assert feature.shape == (1, 768 + 672, 1, 1, 1) and losses == {}


def small_maps(views=1, n=2):
    """Maps of a host with 8 and 12 channels."""
    torch.manual_seed(3)
    return (torch.randn(n, 8, 4 * views, 6, 6), torch.randn(n, 12, 4 * views, 3, 3))


def test_embedding_is_the_sum_over_the_sets():
    """Equation 3 layer by layer, then the convolutions, from the weights."""
    neck = KPSEM(8, num_sets=3, embed_dims=10)
    maps = small_maps()
    shifts = torch.stack([each(maps[0]) for each in neck.sets], 3)
    total = sum(
        layer(shifts[:, :, :, g].flatten(3)) for g, layer in enumerate(neck.embeddings)
    )
    for conv in neck.reduction:
        assert conv.kernel_size == (1, 3) and conv.stride == (1, 2)
        total = torch.nn.functional.conv2d(
            total, conv.weight, stride=(1, 2), padding=(0, 1)
        )
    feature, _ = neck(maps)
    # 10 -> 5 -> 3 columns, averaged; 2 channels x 3 shifts, channel-major.
    torch.testing.assert_close(feature[:, 12:].flatten(1), total.mean(-1).flatten(1))
    torch.testing.assert_close(feature[:, :12].flatten(1), maps[1].mean((2, 3, 4)))


def test_views_are_split_video_by_video():
    neck = KPSEM(8, num_sets=2, num_segments=4).eval()
    maps = small_maps(views=3)
    together, _ = neck(maps)
    assert together.shape[0] == 6
    for video in range(2):
        for view in range(3):
            cut = slice(4 * view, 4 * view + 4)
            alone, _ = neck([x[video : video + 1, :, cut] for x in maps])
            torch.testing.assert_close(together[3 * video + view], alone[0])


def test_one_map_may_serve_as_both():
    neck = KPSEM(8, num_sets=1, temporal_index=0, spatial_index=0)
    feature, _ = neck((small_maps()[0],))
    assert feature.shape == (2, 8 + 2 * 3, 1, 1, 1)


def test_time_reversal_is_seen():
    """Shifts change sign, the pooled part does not."""
    neck = KPSEM(8, num_sets=2).eval()
    maps = small_maps()
    forward, _ = neck(maps)
    backward, _ = neck([x.flip(2) for x in maps])
    torch.testing.assert_close(forward[:, :12], backward[:, :12])
    assert (forward[:, 12:] - backward[:, 12:]).abs().max() > 1e-2


@pytest.mark.parametrize(
    'kwargs',
    [
        dict(num_regions=1),
        dict(num_regions=9),
        dict(num_sets=1),
        dict(embed_dims=6),
        dict(adaptive=False),
        dict(normalize=True),
        dict(hidden_channels=2),
    ],
)
def test_each_argument_arrives(kwargs):
    torch.manual_seed(0)
    default = KPSEM(8, num_sets=2)
    torch.manual_seed(0)
    changed = KPSEM(8, **dict(dict(num_sets=2), **kwargs))
    a, b = default(small_maps())[0], changed(small_maps())[0]
    assert a.shape == b.shape == (2, 12 + 6, 1, 1, 1)
    assert not torch.allclose(a, b)
    b.square().sum().backward()
    for name, param in changed.named_parameters():
        assert param.grad.isfinite().all(), name
        assert param.grad.abs().sum() > 0, name


def test_state_dict_round_trip():
    saved = KPSEM(8, num_sets=2, adaptive=False).state_dict()
    assert any(name.endswith('line_offsets') for name in saved)
    other = KPSEM(8, num_sets=2, adaptive=False)
    other.sets[0].line_offsets.zero_()
    other.load_state_dict(saved)
    assert other.sets[0].line_offsets.abs().sum() > 0


def test_half_precision_stays_finite():
    neck = KPSEM(8, num_sets=2)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        feature, _ = neck([x.bfloat16() * 100 for x in small_maps()])
    assert feature.isfinite().all()
    feature.float().square().sum().backward()
    assert all(p.grad.isfinite().all() for p in neck.parameters())
    half = KPSEM(8, num_sets=2).bfloat16()
    assert half([x.bfloat16() for x in small_maps()])[0].isfinite().all()


@pytest.mark.parametrize(
    'kwargs, error, message',
    [
        (dict(num_regions=6), ValueError, 'num_regions=6 is not a square number'),
        (dict(num_sets=0), ValueError, r'KPSEM: num_sets=0 is outside \[1'),
        (dict(embed_dims='24'), TypeError, "KPSEM: embed_dims='24' is a str"),
        (dict(num_segments=-8), ValueError, 'KPSEM: num_segments=-8'),
        (dict(in_channels=None), TypeError, 'KPSEM: in_channels=None is a'),
        (dict(in_channels=3), ValueError, 'KPSEM: in_channels=3 is less than 4'),
        (dict(adaptive='False'), TypeError, "KPSEM: adaptive='False' is a str"),
        (dict(adaptive=0), TypeError, 'KPSEM: adaptive=0 is a int'),
        (dict(normalize='yes'), TypeError, "KPSEM: normalize='yes' is a str"),
        (dict(temporal_index=-2.0), TypeError, r'KPSEM: temporal_index=-2\.0 is a'),
        (dict(spatial_index=None), TypeError, 'KPSEM: spatial_index=None is a'),
        (dict(hidden_channels='9'), TypeError, "KPSEM: hidden_channels='9' is a"),
        (dict(num_regions=4.0), TypeError, r'KPSEM: num_regions=4\.0 is a float'),
        (
            dict(num_regions=1, hidden_channels=9),
            ValueError,
            'KPSEM: hidden_channels=9 has no effect with num_regions=1',
        ),
        (
            dict(adaptive=False, hidden_channels=9),
            ValueError,
            'KPSEM: hidden_channels=9 has no effect with adaptive=False',
        ),
        (
            dict(num_regions=1, adaptive=False),
            ValueError,
            'KPSEM: adaptive=False has no effect with num_regions=1',
        ),
    ],
)
def test_bad_arguments(kwargs, error, message):
    with pytest.raises(error, match=message):
        KPSEM(**dict(dict(in_channels=8), **kwargs))


@pytest.mark.parametrize(
    'kwargs, maps, message',
    [
        (dict(), small_maps()[0], 'a single map of shape'),
        (dict(), small_maps()[:1], r'temporal_index=-2 is outside the 1 map'),
        (dict(spatial_index=2), small_maps(), 'spatial_index=2 is outside the 2'),
        (
            dict(in_channels=16),
            small_maps(),
            'has 8 channels, in_channels says 16; set in_channels=8',
        ),
        (
            dict(num_segments=3),
            small_maps(),
            'T=4 cannot be split into views of num_segments=3',
        ),
        (dict(num_regions=49), small_maps(), 'map has 6 x 6 cells; use fewer'),
        (dict(num_segments=1), small_maps(), r'T=1 frame; a shift needs two'),
        (
            dict(),
            [x[:, :, 0] for x in small_maps()],
            r'map \(N, C, T, H, W\) is '
            'needed',
        ),
        # Slow and fast pathway, as from `ResNet3dSlowFast`.
        (
            dict(),
            (torch.rand(2, 8, 2, 3, 3), torch.rand(2, 4, 8, 3, 3)),
            r'map 1 of the host has 8 frames, map 0 has 2.* stages of one network',
        ),
        (
            dict(),
            (torch.rand(2, 8, 4, 3, 3), torch.rand(2, 4, 4, 6, 6)),
            r'map 1 of the host has 6 x 6 cells, map 0 has 3 x 3',
        ),
        (
            dict(),
            (small_maps()[0], small_maps(n=3)[1]),
            'map 1 of the host has 3 clips, map 0 has 2',
        ),
    ],
)
def test_bad_maps(kwargs, maps, message):
    with pytest.raises(ValueError, match=message):
        KPSEM(**dict(dict(in_channels=8), **kwargs))(maps)


def spoil(maps, index, value, place):
    """Copy of maps with one value changed."""
    maps = [x.clone() for x in maps]
    maps[index][place] = value
    return maps


@pytest.mark.parametrize('kwargs', [{}, dict(num_regions=1), dict(num_regions=9)])
@pytest.mark.parametrize('adaptive', [True, False])
@pytest.mark.parametrize('place', [(1, 2, 1, 0, 0), (1, 2, 1, 5, 5), (1, 2, 3), (1,)])
@pytest.mark.parametrize('value', [float('nan'), float('inf'), -float('inf'), 3e38])
def test_non_finite_maps_reach_the_output(value, place, adaptive, kwargs):
    """The spoiled clip has a non-finite feature, the other clip is unchanged."""
    if not adaptive:
        kwargs = dict(kwargs, adaptive=False)
        if kwargs.get('num_regions') == 1:
            return
    neck = KPSEM(8, num_sets=3, **kwargs).eval()
    maps = small_maps()
    feature, _ = neck(maps)
    spoiled, _ = neck(spoil(maps, 0, value, place))
    torch.testing.assert_close(spoiled[0], feature[0])
    if value != 3e38:
        assert not spoiled[1].isfinite().all()
    spoiled.sum().backward()


def test_non_finite_weights_reach_the_output():
    neck = KPSEM(8, num_sets=2)
    with torch.no_grad():
        neck.sets[1].mlp[0].weight[0, 0] = float('nan')
        neck.sets[1].mlp[0].bias[0] = float('nan')
    assert not neck(small_maps())[0].isfinite().all()


def test_an_empty_batch_gives_an_empty_feature():
    neck = KPSEM(8, num_sets=2)
    assert neck([x[:0] for x in small_maps()])[0].shape == (0, 12 + 6, 1, 1, 1)
