"""Loading of the feature bank for a clip."""

from typing import Dict

from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ...checks import check_flag, check_positive
from ...files import check_path
from .store import COMMAND, bank_path, load_bank
from .window import KEY, BankWindow, cut_window, first_frame, window_len


@TRANSFORMS.register_module()
class LoadBank(BaseTransform):
    """Add the rows of the feature bank around a clip.

    Use it directly after the sampler of the frames; it does not depend on the images.
    `window` and `causal` must be as in the detector's `bank`.

    Required keys: `video_id`, `tube_frames`, `nframes`. Added key: `bank`, a
    `BankWindow`, which `PackTubeInputs` copies to the metainfo.

    Args:
        folder (str): Folder of the bank, written by `mmvkp data write-bank`.
        window (int): See `BankAttention`.
        causal (bool): See `BankAttention`.

    Raises:
        FileNotFoundError: If the file of the video is missing.
        TypeError: If an argument has another type.
        ValueError: If an argument is out of range, or the file is damaged or has
            another number of frames than the video.
    """

    def __init__(self, folder: str, window: int = 90, causal: bool = False) -> None:
        self.folder = check_path('LoadBank', 'folder', folder)
        check_positive('LoadBank', window=window)
        check_flag('LoadBank', causal=causal)
        self.window = window
        self.causal = causal

    def transform(self, results: Dict) -> Dict:
        """Add the rows.

        Args:
            results (dict): A clip with `tube_frames` (T,), from 1.
        """
        path = bank_path(self.folder, results['video_id'])
        bank = load_bank(path)
        if len(bank.rows) != results['nframes']:
            raise ValueError(
                f'LoadBank: {path} has {len(bank.rows)} frames, the video '
                f'{results["nframes"]}. Delete the file and write it again: {COMMAND} '
                f'{self.folder}.'
            )
        first = first_frame(results['tube_frames'], self.window, self.causal)
        length = window_len(self.window, self.causal)
        cut = cut_window(bank.rows, first, length)
        results[KEY] = BankWindow(*cut, bank.network, path)
        return results

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(folder={self.folder!r}, window={self.window}, '
            f'causal={self.causal})'
        )
