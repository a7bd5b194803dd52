"""The auxiliary head against a loop over frames."""

import mmvkp  # noqa: F401, isort: skip
import torch
import torch.nn.functional as F
from torch import nn

from mmvkp.aknet.auxiliary_head import AuxiliaryHead
from mmvkp.recognition.complexity import count_parameters

from .tiny_aknet import some_features


def loop_auxiliary(aux, feats):
    """Equation 14, one frame after the other."""
    logits = []
    for n, heatmap in enumerate(feats.heatmap):
        low, high = heatmap.min(), heatmap.max()
        pooled = []
        for t, frame in enumerate(feats.feature.view(2, 3, 8, 5, 5)[n]):
            x = ((heatmap[t] - low) / (high - low) * frame)[None]
            for conv, norm in ((0, 1), (3, 4)):
                x = F.conv2d(x, aux.convs[conv].weight, stride=2, padding=1)
                norm = aux.convs[norm]
                x = (x - norm.running_mean.view(1, -1, 1, 1)) / (
                    norm.running_var + norm.eps
                ).view(1, -1, 1, 1).sqrt()
                x = (
                    x * norm.weight.view(1, -1, 1, 1) + norm.bias.view(1, -1, 1, 1)
                ).clamp(min=0)
            assert x.shape[1:] == (2, 2, 2)
            pooled.append(x.flatten(2).mean(2)[0])
        logits.append(aux.fc_cls.weight @ (sum(pooled) / 3) + aux.fc_cls.bias)
    return torch.stack(logits)


def test_logits_of_a_loop():
    torch.manual_seed(0)
    aux = AuxiliaryHead(5, 8).eval()
    for each in aux.modules():
        if isinstance(each, nn.BatchNorm2d):
            nn.init.uniform_(each.weight, 0.5, 1.5)
            nn.init.uniform_(each.bias)
            each.running_mean.normal_(std=0.1)
            each.running_var.uniform_(0.5, 1.5)
    feats = some_features()
    logits = aux(feats)
    assert (logits[0] - logits[1]).abs().min() > 1e-3
    torch.testing.assert_close(logits, loop_auxiliary(aux, feats))
    # C C / 2 9 + C / 2 C / 4 9, two numbers per channel of a norm, classifier.
    assert count_parameters(aux) == (8 * 4 + 4 * 2) * 9 + 2 * 6 + 2 * 5 + 5
    assert not any(
        each.bias is not None for each in aux.convs if isinstance(each, nn.Conv2d)
    )
