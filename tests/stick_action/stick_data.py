"""Small data sets of StickAction for tests."""

from pathlib import Path
from typing import Any, Dict

from mmvkp.stick_action.generate import make_dataset
from mmvkp.stick_action.settings import make_settings

SMALL = dict(train=24, val=12, test=12, frame_size=32, num_frames=8)
SMALL_TUBES = dict(frame_size=32, num_frames=16)


def make_small(
    out: Path, workers: int = 1, overwrite: bool = False, **options: Any
) -> bool:
    """Make 48 clips for classification, or 24 or 28 for a variant for detection."""
    sizes = SMALL_TUBES if 'variant' in options else SMALL
    settings = make_settings('tiny', **{**sizes, **options})
    return make_dataset(out, settings, workers, overwrite)


def contents(out: Path) -> Dict[str, bytes]:
    """Bytes of each file by its path."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob('*'))
        if path.is_file()
    }
