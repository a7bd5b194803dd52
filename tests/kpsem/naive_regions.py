"""The naive twin: one region of one channel of one frame at a time.

Written from the equations with none of the package's code, for the tests that
hold the fast version against it.
"""

import itertools

import torch


def regions(lines, width, height):
    """Yield (x0, x1, y0, y1), fractional, row-major; lines is (2, L)."""
    xs = [0.0] + lines[0].tolist() + [float(width)]
    ys = [0.0] + lines[1].tolist() + [float(height)]
    for i, j in itertools.product(range(len(ys) - 1), range(len(xs) - 1)):
        yield xs[j], xs[j + 1], ys[i], ys[i + 1]


def naive_argmax(x, lines):
    n, c, t, height, width = x.shape
    num_sets, splits = lines.shape[2], lines.shape[4] + 1
    out = torch.zeros(n, c, t, num_sets, splits**2, dtype=torch.long)
    for b, f, g in itertools.product(range(n), range(t), range(num_sets)):
        for k, (x0, x1, y0, y1) in enumerate(regions(lines[b, f, g], width, height)):
            cells = [
                (i, j)
                for i in range(height)
                for j in range(width)
                if x0 <= j + 0.5 < x1 and y0 <= i + 0.5 < y1
            ]
            for ch in range(c):
                best = cells[0]
                for cell in cells[1:]:
                    if x[b, ch, f][cell] > x[b, ch, f][best]:
                        best = cell
                out[b, ch, f, g, k] = best[0] * width + best[1]
    return out


def naive_mean(x, lines):
    n, c, t, height, width = x.shape
    num_sets, splits = lines.shape[2], lines.shape[4] + 1
    out = torch.zeros(n, c, t, num_sets, splits**2, dtype=torch.double)
    for b, f, g in itertools.product(range(n), range(t), range(num_sets)):
        for k, (x0, x1, y0, y1) in enumerate(regions(lines[b, f, g], width, height)):
            total = torch.zeros(c, dtype=torch.double)
            for i, j in itertools.product(range(height), range(width)):
                overlap = max(0.0, min(x1, j + 1) - max(x0, j)) * max(
                    0.0, min(y1, i + 1) - max(y0, i)
                )
                total += overlap * x[b, :, f, i, j].double()
            out[b, :, f, g, k] = total / ((x1 - x0) * (y1 - y0))
    return out


def maps(kind, shape):
    """Maps that are random, constant, full of ties, or signed zeros."""
    generator = torch.Generator().manual_seed(len(kind))
    if kind == 'random':
        return torch.randn(shape, generator=generator)
    if kind == 'constant':
        return torch.full(shape, -1.5)
    if kind == 'tied':
        return torch.randint(-1, 2, shape, generator=generator).float()
    zeros = torch.zeros(shape)
    return torch.where(torch.rand(shape, generator=generator) < 0.5, zeros, -zeros)


def lines_of(kind, n, t, num_sets, num_lines, width, height):
    """Lines anywhere, on the borders of cells, or pressed to the edge."""
    generator = torch.Generator().manual_seed(num_lines)
    out = torch.zeros(n, t, num_sets, 2, num_lines)
    for axis, size in ((0, width), (1, height)):
        free = size - num_lines - 1
        draw = torch.rand(n, t, num_sets, num_lines, generator=generator)
        if kind == 'cell borders':
            draw = (draw * (free + 1)).floor().clamp(max=free)
        elif kind == 'cell centres':
            draw = (draw * free).floor().clamp(max=free - 1) + 0.5
        elif kind == 'edge':
            draw = (draw < 0.5).float() * free
        else:
            draw = draw * free
        rank = torch.arange(num_lines)
        out[..., axis, :] = 1 + draw.sort(-1).values + rank
    return out


LINES = ('anywhere', 'cell borders', 'cell centres', 'edge')
MAPS = ('random', 'constant', 'tied', 'signed zeros')
