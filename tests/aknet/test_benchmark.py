"""Measured networks: their cost by hand, and the table."""

import pytest

from mmvkp.aknet.benchmark import Measured, Setup, measure, print_table

SMALL = Setup(depth=18, segments=2, size=64, repeats=1, device='cpu', classes=3)


@pytest.mark.parametrize(
    'more', [dict(channels_last=True), dict(host='ResNetTDN', amp=True)]
)
def test_measured_networks(more):
    rows = measure(SMALL._replace(stages=(2, 0), **more))
    assert [row.name for row in rows] == ['host', 'accelerated host', 'res4', 'res2']
    host, fast, late, early = rows
    assert host.macs == fast.macs == host.base_macs
    for row in rows:
        assert row.base_macs <= row.macs <= host.macs
        assert len(row.seconds) == len(row.base_seconds) == 1
        assert min(row.seconds + row.base_seconds) > 0
    # Two stages less of the host.
    assert early.base_macs < late.base_macs


def test_the_table(capsys):
    rows = [
        Measured('host', 8 * 10**9, [4.0], 8 * 10**9, [4.0]),
        Measured('accelerated host', 8 * 10**9, [2.0], 8 * 10**9, [2.0]),
        Measured('res4', 6 * 10**9, [1.0], 2 * 10**9, [0.5]),
    ]
    print_table(SMALL, rows)
    lines = capsys.readouterr().out.splitlines()[3:]
    assert lines == [
        '| host | 8.000 | 1.000 | 4000.0 | 2.000 | 1.000 | 1.000 | 2.000 |',
        '| accelerated host | 8.000 | 1.000 | 2000.0 | 1.000 | 0.500 | 1.000 | 1.000 |',
        '| res4 | 6.000 | 0.750 | 1000.0 | 0.500 | 0.250 | 0.250 | 0.250 |',
    ]


def test_macs_of_the_small_network():
    """By hand: ResNet-18 on 2 x 64 x 64 has 2 x 148 079 616 MACs.

    Its stem has 32 x 32 x 3 x 64 x 49; of 16 x 16 cells the first stage has
    4 x 64 x 64 x 9; each further stage a quarter of the cells, (C / 2 + 3 C) C
    x 9 and a shortcut of C x C / 2; the classifier has 512 x 3.
    """
    frame = 1024 * 3 * 64 * 49 + 256 * 4 * 64 * 64 * 9
    for channels, cells in ((128, 64), (256, 16), (512, 4)):
        frame += cells * channels * channels * (3.5 * 9 + 0.5)
    host = measure(SMALL._replace(stages=()))[0]
    assert host.macs == 2 * frame + 2 * 512 * 3


def test_numbers_out_of_range():
    with pytest.raises(ValueError, match='benchmark aknet: batch=0 is outside'):
        measure(SMALL._replace(batch=0))


def test_transformers():
    """By hand; blocks of 12 D^2 per token and 2 D per pair of tokens."""
    setup = Setup(
        host='VisionTransformer', depth=3, stages=(0,), segments=2, size=64, repeats=1,
        device='cpu', classes=3,
    )  # fmt: skip
    host, _, selected = measure(setup)
    assert selected.name == 'block 0'

    def blocks(number, tokens):
        return number * (12 * tokens * 768**2 + 2 * tokens**2 * 768)

    # 16 tokens of 2 x 16 x 16 pixels in 3 channels.
    embedding = 16 * 768 * 3 * 512
    assert host.macs == embedding + blocks(3, 16) + 768 * 3
    assert selected.base_macs == embedding + blocks(1, 16)
    selector, head = 2 * 768 * 48 + 16 * 768, 2 * 768 * 3
    assert selected.macs == embedding + blocks(1, 16) + blocks(2, 4) + selector + head
    with pytest.raises(ValueError, match='channels_last has no effect'):
        measure(setup._replace(channels_last=True))
