"""Local maxima and values of maps by hand."""

import torch

from mmvkp.point3d.peaks import find_peaks, values_at

from .point_scenes import heatmap


def test_peaks_by_hand():
    """0.8 hides its neighbour 0.7; 0.5 is a maximum of its own."""
    logits = heatmap((4, 5), p0_0=0.8, p1_1=0.7, p3_2=0.5)
    peaks = find_peaks(logits, 3)
    torch.testing.assert_close(peaks.scores[0, :2], torch.tensor([0.8, 0.5]))
    assert peaks.cells[0, :2].tolist() == [[0, 0], [3, 2]]
    # A window of one cell hides nothing.
    peaks = find_peaks(logits, 3, kernel=1)
    torch.testing.assert_close(peaks.scores[0], torch.tensor([0.8, 0.7, 0.5]))


def test_a_plateau_is_taken_row_by_row():
    peaks = find_peaks(torch.zeros(2, 2, 2, 3), 100)
    cells = [[0, 0], [1, 0], [2, 0], [0, 1], [1, 1], [2, 1]]
    assert peaks.scores.shape == (2, 12)
    assert peaks.cells.tolist() == [cells * 2] * 2
    assert peaks.maps.tolist() == [[0] * 6 + [1] * 6] * 2


def test_frames_are_decoded_alone():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(3, 2, 6, 5, generator=generator)
    together = find_peaks(logits, 7)
    for frame in range(3):
        alone = find_peaks(logits[frame : frame + 1], 7)
        for a, b in zip(together, alone):
            assert torch.equal(a[frame], b[0])


def test_values_at():
    x = torch.arange(24.0).view(1, 2, 3, 4)
    cells = torch.tensor([[[3, 0], [0, 2]]])
    assert values_at(x, cells).tolist() == [[[3, 15], [8, 20]]]


def test_values_that_are_not_finite_are_visible_in_the_scores():
    """In their frame only; cells stay inside the map."""
    logits = torch.randn(3, 2, 4, 5, generator=torch.Generator().manual_seed(0))
    logits[1, 1, 2, 3] = torch.nan
    logits[2, 0, 0, 0] = torch.inf
    peaks = find_peaks(logits, 6)
    assert torch.equal(peaks.scores[0], find_peaks(logits[:1], 6).scores[0])
    assert peaks.scores[1:].isnan().all()
    assert (peaks.cells >= 0).all() and (peaks.cells < torch.tensor([5, 4])).all()
