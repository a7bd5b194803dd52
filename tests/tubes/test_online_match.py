"""Ids of hand-made actors that cross, hide and leave."""

import numpy as np
import pytest

from mmvkp.tubes.online_linker import OnlineLinker
from mmvkp.tubes.online_tubes import FrameDetections, LinkOptions

OLD = LinkOptions(min_length=1)
MOTION = OLD._replace(motion=True, occlusion=0.8)
BOTH = MOTION._replace(appearance='colour')
RED, BLUE, GREEN = np.eye(3, dtype=np.float32)


def found(actors):
    """Boxes of 20 x 40 pixels around (x, y), with their appearance."""
    centres = np.float32([each[0] for each in actors]).reshape(-1, 2)
    half = np.float32([9.5, 19.5])
    return FrameDetections(
        np.concatenate((centres - half, centres + half), 1),
        np.full(len(actors), 0.9, np.float32),
        np.full((len(actors), 2), 0.5, np.float32),
        features=np.float32([each[1] for each in actors]).reshape(len(actors), 3),
    )


def run(options, scene, count, fps=25.0):
    """Ids of each frame by the x of the box; `scene(t)` gives the actors."""
    linker, ids = OnlineLinker(options, fps), []
    for t in range(1, count + 1):
        result = linker.update(t, found(scene(t)))
        centres = (result.boxes[:, 0] + result.boxes[:, 2]) / 2
        ids.append(dict(zip(centres.round(3).tolist(), result.ids.tolist())))
    return ids, linker


def crossing(t):
    """Two walk through each other with 4 pixels per frame; one is hidden from frame
    18 to 32, then both are seen again."""
    a, b = 100 + 4.0 * (t - 25), 100 - 4.0 * (t - 25)
    actors = [((a, 50.0), RED), ((b, 52.0), BLUE)]
    return actors[:1] if abs(a - b) <= 56 else actors


@pytest.mark.parametrize('options', [MOTION, BOTH])
def test_ids_are_not_swapped_by_a_crossing(options):
    ids, linker = run(options, crossing, 50)
    for t, seen in enumerate(ids, 1):
        a, b = 100 + 4.0 * (t - 25), 100 - 4.0 * (t - 25)
        assert seen == ({a: 1} if len(seen) == 1 else {a: 1, b: 2})
    assert len(ids[24]) == 1 and len(ids[49]) == 2 and linker.given == 2


def test_without_cues_a_long_crossing_gives_a_new_id():
    _, linker = run(OLD, crossing, 50)
    assert linker.given == 3


def turning(t):
    """Two meet in frame 25, are hidden for 15 frames, and walk back."""
    way = 4.0 * abs(t - 25)
    return [] if way <= 28 else [((96 - way, 50.0), RED), ((104 + way, 50.0), BLUE)]


def test_appearance_decides_after_a_turn():
    """Motion alone takes the turn for a crossing."""
    ids, linker = run(BOTH, turning, 50)
    assert ids[0] == {0.0: 1, 200.0: 2} and ids[49] == {-4.0: 1, 204.0: 2}
    assert linker.given == 2
    assert run(MOTION, turning, 50)[0][49] != {-4.0: 1, 204.0: 2}


def vanishing(gap, fps=25.0, colour=RED, shift=0.0):
    """One walks 40 pixels per second and is not seen from second 1 on for some
    seconds; another one stands still."""

    def scene(t):
        now = t / fps
        actors = [((300.0, 50.0), BLUE)]
        if now <= 1:
            actors.append(((40 * now, 50.0), RED))
        elif now > 1 + gap:
            actors.append(((40 * now + shift, 50.0), colour))
        return actors

    return scene


@pytest.mark.parametrize('fps', [10.0, 25.0, 60.0])
@pytest.mark.parametrize('options', [MOTION, BOTH])
def test_half_a_second_out_of_sight(options, fps):
    """Times are seconds at any frame rate."""
    count = int(2 * fps)
    ids, linker = run(options, vanishing(0.5, fps, shift=4.0), count, fps)
    assert ids[-1] == {84.0: 2, 300.0: 1} or ids[-1] == {84.0: 1, 300.0: 2}
    assert ids[-1][300.0] == ids[0][300.0] and linker.given == 2
    lost = run(options, vanishing(0.9, fps), count, fps)[1]
    assert lost.given == 3  # longer than 0.8 seconds


def test_the_former_linker_loses_it():
    assert run(OLD, vanishing(0.5), 50)[1].given == 3


def test_a_new_actor_gets_a_new_id():
    """At the expected place with another appearance; or alike but far away."""
    ids, linker = run(BOTH, vanishing(0.5, colour=GREEN), 50)
    assert ids[-1][80.0] == linker.given == 3
    ids, linker = run(BOTH, vanishing(0.5, shift=-200.0), 50)
    assert ids[-1][-120.0] == linker.given == 3
    # Motion alone cannot know.
    assert run(MOTION, vanishing(0.5, colour=GREEN), 50)[1].given == 2


def test_appearance_without_motion():
    """The extrapolated box decides where, the appearance who."""
    ids, linker = run(BOTH._replace(motion=False), vanishing(0.5), 50)
    assert linker.given == 2
    ids, linker = run(BOTH._replace(motion=False), vanishing(0.5, colour=GREEN), 50)
    assert linker.given == 3


def test_a_spurious_box_is_not_kept_for_long():
    """Only tubes that were shown wait for the end of an occlusion."""
    linker = OnlineLinker(MOTION._replace(min_length=3, max_gap=2))
    linker.update(1, found([((50.0, 50.0), RED)]))
    for t in range(2, 5):
        linker.update(t, found([]))
    assert not linker.tubes


def test_detections_without_features_are_refused():
    linker = OnlineLinker(BOTH)
    boxes = found([((50.0, 50.0), RED)])
    boxes.features = None
    with pytest.raises(ValueError, match="appearance='colour', but the detections"):
        linker.update(1, boxes)
