"""Evaluation of tubes in plain Python, box by box.

Written from the description of ACT and MOC, apart from the numpy version. A
detection is (frame, label, score, boxes), a box a tuple of four numbers. Each
AP is made from the detections on; values for several thresholds share
nothing.
"""


def box_iou(a, b):
    width = min(a[2], b[2]) - max(a[0], b[0]) + 1
    height = min(a[3], b[3]) - max(a[1], b[1]) + 1
    if width <= 0 or height <= 0:
        return 0.0
    common = width * height
    return common / (
        (a[2] - a[0] + 1) * (a[3] - a[1] + 1)
        + (b[2] - b[0] + 1) * (b[3] - b[1] + 1)
        - common
    )


def best_first(detections):
    return sorted(detections, key=lambda d: (-d[2], [*sum(d[3], ())]))


def suppress(detections, threshold, soft):
    waiting, done = best_first(detections), []
    while waiting:
        visited = waiting.pop(0)
        done.append(visited)
        rest = []
        for frame, label, score, boxes in waiting:
            total = sum(box_iou(a, b) for a, b in zip(visited[3], boxes))
            if total <= threshold * len(boxes):
                rest.append((frame, label, score, boxes))
            elif soft:
                done.append((frame, label, score * (1 - total), boxes))
        waiting = rest
    return best_first(done)


def link(detections, num_frames, settings):
    """Tubes (score, {frame: box}) of one class in one video."""
    length = len(detections[0][3]) if detections else 1
    finish = min(settings.finish_offset or length, length)
    finish += settings.max_gap
    running, tubes = [], []
    for frame in range(1, num_frames + 1):
        here = suppress(
            [d for d in detections if d[0] == frame],
            settings.nms_threshold,
            settings.nms_soft,
        )
        here = here[: settings.max_candidates]
        running.sort(key=lambda tube: -sum(d[2] for d in tube) / len(tube))
        going_on = []
        for tube in running:
            last = tube[-1]
            offset = frame - last[0]
            chosen = None
            for candidate in here:
                if offset < length:
                    pairs = list(zip(last[3][offset:], candidate[3]))
                else:
                    pairs = [(last[3][-1], candidate[3][0])]
                overlap = sum(box_iou(a, b) for a, b in pairs) / len(pairs)
                if overlap >= settings.iou_threshold:
                    chosen = candidate
                    break
            if chosen is not None:
                here.remove(chosen)
                tube.append(chosen)
                going_on.append(tube)
            elif offset >= finish:
                tubes.append(tube)
            else:
                going_on.append(tube)
        running = going_on + [[candidate] for candidate in here]
    result = []
    for tube in tubes + running:
        score = sum(d[2] for d in tube) / len(tube)
        boxes = mean_boxes(tube, num_frames)
        if score >= settings.min_score and len(boxes) >= settings.min_length:
            result.append((score, boxes))
    return result


def mean_boxes(tube, num_frames):
    covering = {}
    for frame, _, _, boxes in tube:
        for shift, box in enumerate(boxes):
            covering.setdefault(frame + shift, []).append(box)
    boxes = {
        frame: tuple(sum(x) / len(x) for x in zip(*found))
        for frame, found in covering.items()
    }
    for frame in range(min(boxes), max(boxes)):
        if frame not in boxes:
            before = max(f for f in covering if f < frame)
            after = min(f for f in covering if f > frame)
            share = (frame - before) / (after - before)
            boxes[frame] = tuple(
                (1 - share) * a + share * b for a, b in zip(boxes[before], boxes[after])
            )
    return {f: box for f, box in boxes.items() if f <= num_frames}


def tube_iou(a, b):
    common = [frame for frame in a if frame in b]
    if not common:
        return 0.0
    span = max(max(a), max(b)) - min(min(a), min(b)) + 1
    mean = sum(box_iou(a[f], b[f]) for f in common) / len(common)
    return mean * len(common) / span


def suppress_tubes(tubes, threshold):
    kept = []
    for score, boxes in sorted(tubes, key=lambda tube: -tube[0]):
        if all(tube_iou(boxes, other) <= threshold for _, other in kept):
            kept.append((score, boxes))
    return kept


def by_score_and_iou(detections, score, truths, overlap):
    """Sort by score, then by the best IoU with a truth, both descending."""

    def key(detection):
        best = max((overlap(detection, truth) for truth in truths), default=0)
        return -score(detection), -best

    return sorted(detections, key=key)


def match(ordered, truths, overlap, threshold, protocol):
    """True for each of `ordered` that finds a ground truth."""
    free, found = list(range(len(truths))), []
    for each in ordered:
        asked = free if protocol == 'act' else range(len(truths))
        best, where = -1, None
        for number in asked:
            value = overlap(each, truths[number])
            if value > best:
                best, where = value, number
        hit = best >= threshold and where in free
        if hit:
            free.remove(where)
        found.append(hit)
    return found


def area(hits, num_truths, protocol):
    """AP of ordered detections; ``hits``: True for correct ones."""
    points, count = [(1.0, 0.0)], 0
    for rank, hit in enumerate(hits, start=1):
        count += hit
        points.append((count / rank, count / num_truths))
    total = 0.0
    for place in range(1, len(points)):
        step = points[place][1] - points[place - 1][1]
        if protocol == 'act':
            total += step * (points[place][0] + points[place - 1][0]) / 2
        elif step:
            total += step * max(p for p, _ in points[place:])
    return 100 * total


def average_precision(found, num_truths, protocol):
    """Expected AP over the orders of equal scores; ``found``: (score, hit) of each
    detection.

    ``act``: a walk over all states (hits so far) with their probabilities.
    ``voc``: the mean of the largest precision is the integral over a level of the
    probability that a later hit exceeds it; blocks are independent.
    """
    if not num_truths:
        return None
    blocks = {}
    for score, hit in found:
        blocks.setdefault(score, []).append(hit)
    blocks = [(sum(b), len(b)) for _, b in sorted(blocks.items(), reverse=True)]
    if protocol == 'act':
        return 100 * _expected_trapezoids(blocks) / num_truths
    return 100 * _expected_envelope(blocks) / num_truths


def _expected_trapezoids(blocks):
    total, done, hits_before = 0.0, 0, 0
    for hits, size in blocks:
        states = {0: 1.0}
        for position in range(size):
            following = {}
            for seen, weight in states.items():
                chance = (hits - seen) / (size - position)
                before = (hits_before + seen) / done if done else 1.0
                after = (hits_before + seen + 1) / (done + 1)
                total += weight * chance * (before + after) / 2
                following[seen] = following.get(seen, 0) + weight * (1 - chance)
                following[seen + 1] = following.get(seen + 1, 0) + weight * chance
            states, done = following, done + 1
        hits_before += hits
    return total


def _expected_envelope(blocks):
    starts, hits_before, done = [], 0, 0
    for hits, size in blocks:
        starts.append((hits_before, done))
        hits_before, done = hits_before + hits, done + size
    levels = {0.0}
    for (before, start), (hits, size) in zip(starts, blocks):
        for position in range(size):
            fewest = max(0, hits - size + position)
            for seen in range(fewest, min(position, hits - 1) + 1):
                levels.add((before + seen + 1) / (start + position + 1))
    levels, total = sorted(levels), 0.0
    for low, high in zip(levels, levels[1:]):
        # Expected number of hits with a precision above ``low`` from there on.
        later, count = 0.0, 0.0
        for (before, start), (hits, size) in list(zip(starts, blocks))[::-1]:
            if not hits:
                continue
            # By hits so far: (chance of an exceeding one, expected number).
            tail = {hits: (later, 0.0)}
            for position in range(size - 1, -1, -1):
                here = {}
                for seen in range(max(0, hits - size + position), hits + 1):
                    if seen > position:
                        break
                    chance = (hits - seen) / (size - position)
                    over, number = 0.0, 0.0
                    if chance:
                        exceeds, rest = tail[seen + 1]
                        if (before + seen + 1) / (start + position + 1) > low:
                            exceeds = 1.0
                        over += chance * exceeds
                        number += chance * (exceeds + rest)
                    if chance < 1:
                        over += (1 - chance) * tail[seen][0]
                        number += (1 - chance) * tail[seen][1]
                    here[seen] = (over, number)
                tail = here
            later, number = tail[0]
            count += number
        total += (high - low) * count
    return total


def frame_ap(videos, label, threshold, settings, protocol):
    """``videos``: (detections, truths, number of frames) of each, truths as
    {label: [{frame: box}]}."""
    found, num_truths = [], 0
    for detections, truths, num_frames in videos:
        for frame in range(1, num_frames + 1):
            boxes = [
                (frame, label, d[2], (d[3][frame - d[0]],))
                for d in detections
                if d[1] == label and d[0] <= frame < d[0] + len(d[3])
            ]
            boxes = suppress(boxes, settings.nms_threshold, settings.nms_soft)
            true = [t[frame] for t in truths.get(label, []) if frame in t]
            num_truths += len(true)

            def overlap(detection, box):
                return box_iou(detection[3][0], box)

            boxes = by_score_and_iou(boxes, lambda d: d[2], true, overlap)
            hits = match(boxes, true, overlap, threshold, protocol)
            found += [(d[2], hit) for d, hit in zip(boxes, hits)]
    return average_precision(found, num_truths, protocol)


def video_ap(videos, label, threshold, settings, protocol):
    found, num_truths = [], 0
    for detections, truths, num_frames in videos:
        tubes = link([d for d in detections if d[1] == label], num_frames, settings)
        tubes = suppress_tubes(tubes, 0.3)
        true = truths.get(label, [])
        num_truths += len(true)

        def overlap(tube, truth):
            return tube_iou(tube[1], truth)

        tubes = by_score_and_iou(tubes, lambda tube: tube[0], true, overlap)
        hits = match(tubes, true, overlap, threshold, protocol)
        found += [(tube[0], hit) for tube, hit in zip(tubes, hits)]
    return average_precision(found, num_truths, protocol)


def best_paths(detections, num_frames, options):
    """Viterbi paths (score, {frame: box}) over (frame, label, score, boxes) of
    single frames, by looking at every predecessor."""
    by_frame = {}
    for detection in best_first(detections):
        by_frame.setdefault(detection[0], []).append(detection)
    parts = []
    for frame in range(1, num_frames + 1):
        near = min(by_frame, key=lambda f: (abs(f - frame), f))
        parts.append([(d[2], d[3][0]) for d in by_frame[near]])
    tubes = []
    while len(tubes) < options.max_tubes and all(parts):
        table = [[(0.0, None)] * len(parts[0])]
        for before, after in zip(parts, parts[1:]):
            row = []
            for score, box in after:
                values = []
                for number, (old_score, old_box) in enumerate(before):
                    overlap = exclusive_iou(old_box, box)
                    value = (
                        score
                        + old_score
                        + options.product_weight * score * old_score
                        + options.iou_weight * overlap
                    )
                    if options.psi and not overlap:
                        value = 0.0
                    values.append((table[-1][number][0] + value, number))
                row.append(max(values, key=lambda v: (v[0], -v[1])))
            table.append(row)
        place = max(range(len(table[-1])), key=lambda n: table[-1][n][0])
        path = []
        for frame in range(num_frames - 1, -1, -1):
            path.append((frame, place))
            place = table[frame][place][1]
        chosen = {frame + 1: parts[frame].pop(n) for frame, n in path}
        score = sum(s for s, _ in chosen.values()) / num_frames
        tubes.append((score, {f: box for f, (_, box) in chosen.items()}))
    return tubes


def exclusive_iou(a, b):
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    common = width * height
    return common / (
        (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common
    )
