"""Key points of a video, seen through a trained recognizer."""
import os.path as osp
from typing import NamedTuple, Tuple

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmengine.registry import init_default_scope
from torch import nn

from ..models.layers.key_point_shift import KeyPointShifts
from ..models.necks import KPSEM


class KeyPointResult(NamedTuple):
    """One view of a video and what KPSEM finds in it.

    Shape:
        - frames: (T', H, W, 3), uint8, RGB: what the network sees.
        - shifts: `KeyPointShifts` with N = 1, on the CPU.
        - map_size: (W, H) of the map in cells.
        - scores: (num_classes,), averaged over all views.
    """
    frames: np.ndarray
    shifts: KeyPointShifts
    map_size: Tuple[int, int]
    scores: np.ndarray


def infer_key_points(model: nn.Module, config: Config,
                     video: str) -> KeyPointResult:
    """Run a recognizer with KPSEM on a video file.

    Args:
        model (nn.Module): Recognizer whose neck is `KPSEM`, as
            `mmaction.apis.init_recognizer` returns it.
        config (Config): Its config; the test pipeline is used.
        video (str): Path of a video file.

    Returns:
        KeyPointResult: Key points of the first view of the video.

    Raises:
        TypeError: If the neck of the model is not `KPSEM`.
        FileNotFoundError: If there is no such file.
        ValueError: If the test pipeline cannot load it.
    """
    neck = getattr(model, 'neck', None)
    if not isinstance(neck, KPSEM):
        raise TypeError(
            f'infer_key_points: the model has the neck {type(neck).__name__};'
            ' key points come from KPSEM, choose a config with '
            "neck=dict(type='KPSEM', ...).")
    if not osp.isfile(video):
        raise FileNotFoundError(f'infer_key_points: no video file {video}.')
    init_default_scope(config.get('default_scope', 'mmaction'))
    pipeline = Compose(config.test_dataloader.dataset.pipeline)
    try:
        sample = pipeline(
            dict(filename=video, label=-1, start_index=0, modality='RGB'))
    except Exception as error:
        raise ValueError(
            f'infer_key_points: {video} could not be loaded: '
            f'{type(error).__name__}: {error}. Replace it if it is truncated '
            'or damaged, or choose another reader in the test pipeline of the '
            'config.') from error
    inputs = sample['inputs']
    # (views, 3, T', H, W) for 3D networks, (views * T, 3, H, W) for 2D ones.
    frames = inputs[0].transpose(0, 1) if inputs.dim() == 5 else \
        inputs[:neck.num_segments]
    seen = []
    handle = neck.register_forward_pre_hook(
        lambda module, args: seen.append(args[0]))
    try:
        with torch.no_grad():
            scores = model.test_step(pseudo_collate([sample]))[0].pred_score
    finally:
        handle.remove()
    with torch.no_grad():
        temporal = neck.pick_maps(seen[0])[0][:1]
        shifts = neck.extract(temporal)
    return KeyPointResult(
        frames.permute(0, 2, 3, 1).numpy(),
        KeyPointShifts(*(each.float().cpu() for each in shifts)),
        (temporal.shape[4], temporal.shape[3]),
        scores.cpu().numpy())
