"""Rows of the learning benchmark: changes of existing recipes.

All recipes train for the same number of epochs on the same clips. A row after another
row starts from its last checkpoint, so that it is trained for twice as long; the
controls `tsm-twice` and `tdn-twice` have the same budget.
"""

from fnmatch import fnmatch
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

BUDGETS = ('small', 'full')


class Row(NamedTuple):
    """One row of the table.

    Args:
        key (str): Name in files and on the command line.
        label (str): Name on the page.
        recipe (str): Recipe, without the ending that all of them share.
        against (str, optional): Key of the row that it is compared with.
        after (str, optional): Key of the row of the first stage.
        small (bool): Part of the small budget.
        shuffled (bool): Trained and tested on clips with shuffled frames.
        options (dict): Changes of the recipe, by dotted key.
        hooks (dict): Changes of its hooks, by type.
    """

    key: str
    label: str
    recipe: str
    against: Optional[str] = None
    after: Optional[str] = None
    small: bool = False
    shuffled: bool = False
    options: Dict[str, Any] = {}
    hooks: Dict[str, Dict[str, Any]] = {}


# KPSEM on the 16-cell map of each host; the head takes its pooled last map and
# C / 4 * (T - 1) channels of the shifts. R3D, MFNet: the recipes of KPSEM.
_NECK = dict(type='KPSEM', normalize=True, num_segments=8)
_KPSEM_2D = {
    'model.backbone.out_indices': (1, 3),
    'model.neck': dict(_NECK, in_channels=32),
    'model.cls_head.in_channels': 128 + 8 * 7,
    'model.cls_head.num_segments': 1,
}
_KPSEM_AF = {
    'model.backbone.out_indices': (0, 1),
    'model.neck.neck': dict(_NECK, in_channels=64),
    'model.cls_head.in_channels': 128 + 16 * 7,
}
# The stable training of afnet-rt50-px32, without its frame size.
_GENTLE = {'SelectionAnnealHook': dict(temperature=(1.0, 0.3), noise=(1.0, 0.0))}
_SHIFT = {'model.backbone.with_shift': True}
_RATIO = 'model.neck.ratio_loss.target_ratio'
_AK = 'aknet/aknet-tsm-res2-no-concat'


def _split(stage: int, channels: int) -> Dict[str, Any]:
    """Options that split an AK-Net after a stage with a number of channels."""
    return {
        'model.backbone.select_stage': stage,
        'model.cls_head.map_channels': channels,
    }


ROWS = (
    Row('tsn', 'TSN', 'afnet/tsn_r10', small=True),
    Row('tsm-r10', 'TSM, bottlenecks', 'afnet/tsm_r10', 'tsn'),
    Row('tsm', 'TSM', 'aknet/tsm_slim-r10', small=True),
    Row('tsm-shuffled', 'TSM, shuffled', 'aknet/tsm_slim-r10', 'tsm', None, True, True),
    Row('tsm-twice', 'TSM, twice', 'aknet/tsm-twice_slim-r10', 'tsm', 'tsm', True),
    Row('tdn', 'TDN', 'aknet/tdn_slim-r10', 'tsm', small=True),
    Row('tdn-twice', 'TDN, twice', 'aknet/tdn-twice_slim-r10', 'tdn', 'tdn'),
    Row('r3d', 'R3D', 'kpsem/r3d_r3d10', small=True),
    Row('mfnet', 'MFNet', 'kpsem/mfnet_mfnet10', 'tsm', small=True),
    Row('kpsem-r3d', 'KPSEM, R3D', 'kpsem/kpsem_r3d10', 'r3d', small=True),
    Row(
        'kpsem-r3d-shuffled',
        'KPSEM, R3D, shuffled',
        'kpsem/kpsem-shuffled_r3d10',
        'kpsem-r3d',
    ),
    Row('kpsem-r3d-k1', 'KPSEM, R3D, K = 1', 'kpsem/kpsem-k1_r3d10', 'kpsem-r3d'),
    Row('kpsem-r3d-g1', 'KPSEM, R3D, G = 1', 'kpsem/kpsem-g1_r3d10', 'kpsem-r3d'),
    Row('kpsem-r3d-fixed', 'KPSEM, R3D, fixed', 'kpsem/kpsem-fixed_r3d10', 'kpsem-r3d'),
    Row('kpsem-mfnet', 'KPSEM, MFNet', 'kpsem/kpsem_mfnet10', 'mfnet', small=True),
    Row(
        'kpsem-tsm',
        'KPSEM, TSM',
        'aknet/tsm_slim-r10',
        'tsm',
        small=True,
        options=_KPSEM_2D,
    ),
    Row('kpsem-tdn', 'KPSEM, TDN', 'aknet/tdn_slim-r10', 'tdn', options=_KPSEM_2D),
    Row(
        'kpsem-afnet',
        'KPSEM, AFNet, RT = 0.5',
        'afnet/afnet-rt50_af-r10',
        'afnet-rt50',
        options=_KPSEM_AF,
    ),
    Row('afnet-rt100', 'AFNet, RT = 1', 'afnet/afnet-rt100_af-r10', 'tsn'),
    Row('afnet-rt50', 'AFNet, RT = 0.5', 'afnet/afnet-rt50_af-r10', 'tsn', small=True),
    Row(
        'afnet-rt50-gentle',
        'AFNet, RT = 0.5, gentle',
        'afnet/afnet-rt50_af-r10',
        'tsn',
        hooks=_GENTLE,
    ),
    Row('afnet-rt25', 'AFNet, RT = 0.25', 'afnet/afnet-rt25_af-r10', 'tsn'),
    Row('afnet-soft', 'AFNet, soft', 'afnet/afnet-soft_af-r10', 'tsn'),
    Row(
        'afnet-tsm-rt100',
        'AFNet-TSM, RT = 1',
        'afnet/afnet-rt100_af-r10',
        'tsm-r10',
        options=_SHIFT,
    ),
    Row(
        'afnet-tsm-rt50',
        'AFNet-TSM, RT = 0.5',
        'afnet/afnet-tsm-rt50_af-r10',
        'tsm-r10',
    ),
    Row(
        'afnet-tsm-rt25',
        'AFNet-TSM, RT = 0.25',
        'afnet/afnet-rt25_af-r10',
        'tsm-r10',
        options=_SHIFT,
    ),
    Row(
        'afnet-tsm-soft',
        'AFNet-TSM, soft',
        'afnet/afnet-soft_af-r10',
        'tsm-r10',
        options=_SHIFT,
    ),
    Row(
        'aknet-tsm-res4',
        'AK-Net, TSM, res4',
        'aknet/aknet-tsm_slim-r10',
        'tsm-twice',
        'tsm',
        True,
    ),
    Row(
        'aknet-tsm-res3',
        'AK-Net, TSM, res3',
        'aknet/aknet-tsm-res3_slim-r10',
        'tsm-twice',
        'tsm',
    ),
    Row(
        'aknet-tsm-res2',
        'AK-Net, TSM, res2',
        'aknet/aknet-tsm-res2_slim-r10',
        'tsm-twice',
        'tsm',
    ),
    Row(
        'aknet-tdn-res4',
        'AK-Net, TDN, res4',
        'aknet/aknet-tdn_slim-r10',
        'tdn-twice',
        'tdn',
    ),
    Row(
        'aknet-tdn-res3',
        'AK-Net, TDN, res3',
        'aknet/aknet-tdn_slim-r10',
        'tdn-twice',
        'tdn',
        options=_split(1, 32),
    ),
    Row(
        'aknet-tdn-res2',
        'AK-Net, TDN, res2',
        'aknet/aknet-tdn_slim-r10',
        'tdn-twice',
        'tdn',
        options=_split(0, 16),
    ),
    Row(
        'aknet-1d',
        'AK-Net, res2: 1D network',
        f'{_AK}-no-sparsity-no-transform-no-rank_slim-r10',
        'aknet-rank',
        'tsm',
    ),
    Row(
        'aknet-rank',
        'AK-Net, res2: ranking',
        f'{_AK}-no-sparsity-no-transform_slim-r10',
        'tsm-twice',
        'tsm',
    ),
    Row(
        'aknet-rank-sparsity',
        'AK-Net, res2: ranking, sparsity',
        f'{_AK}-no-transform_slim-r10',
        'aknet-rank',
        'tsm',
    ),
    Row(
        'aknet-rank-transform',
        'AK-Net, res2: ranking, transform',
        f'{_AK}-no-sparsity_slim-r10',
        'aknet-rank',
        'tsm',
    ),
    Row(
        'aknet-all',
        'AK-Net, res2: ranking, sparsity, transform',
        f'{_AK}_slim-r10',
        'aknet-rank',
        'tsm',
    ),
)


def select_rows(
    budget: str = 'full', patterns: Sequence[str] = (), rows: Sequence[Row] = ROWS
) -> List[Row]:
    """Rows of a budget, or rows by name, with the first stages that they need.

    Args:
        budget (str): 'small' or 'full'; ignored if patterns are given.
        patterns (Sequence[str]): Keys, or patterns such as `afnet-*`.
        rows (Sequence[Row]): All rows.

    Returns:
        list[Row]: In the order of the table.

    Raises:
        ValueError: If a pattern matches no row, or the budget is unknown.
    """
    if budget not in BUDGETS:
        raise ValueError(f'budget={budget!r} is unknown; use one of {list(BUDGETS)}.')
    for pattern in patterns:
        if not any(fnmatch(row.key, pattern) for row in rows):
            known = ', '.join(row.key for row in rows)
            raise ValueError(f'rows: no row matches {pattern!r}; the rows are {known}.')
    if patterns:
        chosen = {
            row.key for row in rows if any(fnmatch(row.key, each) for each in patterns)
        }
    else:
        chosen = {row.key for row in rows if row.small or budget == 'full'}
    chosen |= {row.after for row in rows if row.key in chosen and row.after}
    return [row for row in rows if row.key in chosen]
