"""Steps of TDN's difference modules in loops, and norms with statistics."""

from torch import nn


def with_statistics(model):
    """Double precision, and norms as after training."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight)
            nn.init.normal_(module.bias)
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 1.5)
    return model.double().eval()


def repeated(x, height, width):
    """Nearest neighbour, one cell after the other."""
    out = x.new_empty(*x.shape[:2], height, width)
    for i in range(height):
        for j in range(width):
            out[..., i, j] = x[..., i * x.shape[2] // height, j * x.shape[3] // width]
    return out


def halved(x):
    """Means of 2 x 2 cells; an odd last row or column is left out."""
    height, width = x.shape[2] // 2, x.shape[3] // 2
    out = x.new_empty(*x.shape[:2], height, width)
    for i in range(height):
        for j in range(width):
            out[..., i, j] = x[..., 2 * i : 2 * i + 2, 2 * j : 2 * j + 2].mean((2, 3))
    return out


def norm(x, weights, name):
    """A norm layer with the statistics of training."""
    w, b, mean, var = (
        weights[f'{name}.{key}'].view(-1, 1, 1)
        for key in ('weight', 'bias', 'running_mean', 'running_var')
    )
    return (x - mean) / (var + 1e-5).sqrt() * w + b
