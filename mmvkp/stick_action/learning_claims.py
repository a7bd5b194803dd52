"""Claims of the papers that rows of the learning benchmark can confirm or refute."""

from typing import Dict, List, NamedTuple, Sequence

from .learning_rows import ROWS, Row
from .paired_differences import Summary, paired_difference

CONFIRMED, REFUTED = 'confirmed here', 'refuted here'
UNDECIDED = 'not confirmed here'

# Rows with fewer seeds show the state of the measurement and decide nothing.
SEEDS = 3


class Claim(NamedTuple):
    """A row is better than another one, or not worse by more than a margin.

    Args:
        text (str): The claim.
        source (str): Paper and table.
        row (str): Key of a row.
        against (str): Key of the row it is compared with.
        margin (float): Tolerated loss of top-1 accuracy, in [0, 1].
    """

    text: str
    source: str
    row: str
    against: str
    margin: float = 0.0

    def verdict(self, difference: Summary) -> str:
        """Judge by the 95 % confidence interval of the paired differences.

        Args:
            difference (Summary): Row minus the row it is compared with.

        Returns:
            str: `CONFIRMED` if the whole interval is above -margin, `REFUTED` if it
            is below, `UNDECIDED` otherwise or without an interval.
        """
        if difference.half_width is None:
            return UNDECIDED
        if difference.mean - difference.half_width > -self.margin:
            return CONFIRMED
        if difference.mean + difference.half_width < -self.margin:
            return REFUTED
        return UNDECIDED


def _host(name: str, key: str, against: str, training: str) -> Claim:
    """AK-Net loses no accuracy against its host."""
    text = f'AK-Net over {name}, res4, is within one point of its host, {training}'
    return Claim(text, 'AK-Net, Tables II, III', key, against, 0.01)


# The paper's hosts are trained once, and AK-Net after them.
_ONCE, _TWICE = 'trained once as in the paper', 'trained as long as AK-Net'

CLAIMS = (
    Claim('KPSEM improves R3D', 'KPSEM, Table 2', 'kpsem-r3d', 'r3d'),
    Claim('KPSEM improves MFNet', 'KPSEM, Tables 1, 2', 'kpsem-mfnet', 'mfnet'),
    Claim('K = 4 is better than K = 1', 'KPSEM, Table 2', 'kpsem-r3d', 'kpsem-r3d-k1'),
    Claim('G = 8 is better than G = 1', 'KPSEM, Table 2', 'kpsem-r3d', 'kpsem-r3d-g1'),
    Claim(
        'learned regions are better than fixed ones',
        'KPSEM, Table 2',
        'kpsem-r3d',
        'kpsem-r3d-fixed',
    ),
    Claim('AFNet, RT = 0.5, improves TSN', 'AFNet, Table 1', 'afnet-rt50', 'tsn'),
    Claim(
        'AFNet, RT = 0.5, with the gentle selection, improves TSN',
        'AFNet, Table 1',
        'afnet-rt50-gentle',
        'tsn',
    ),
    Claim('AFNet, RT = 0.25, improves TSN', 'AFNet, Table 1', 'afnet-rt25', 'tsn'),
    Claim(
        'half of the frames are better than all frames',
        'AFNet, Table 1',
        'afnet-rt50',
        'afnet-rt100',
    ),
    Claim(
        'a quarter of the frames is not worse than half of them',
        'AFNet, Table 1',
        'afnet-rt25',
        'afnet-rt50',
        0.01,
    ),
    Claim(
        'AFNet with the temporal shift, RT = 0.5, is not worse than TSM',
        'AFNet, Table 2',
        'afnet-tsm-rt50',
        'tsm-r10',
        0.01,
    ),
    _host('TSM', 'aknet-tsm-res4', 'tsm', _ONCE),
    _host('TDN', 'aknet-tdn-res4', 'tdn', _ONCE),
    _host('TSM', 'aknet-tsm-res4', 'tsm-twice', _TWICE),
    _host('TDN', 'aknet-tdn-res4', 'tdn-twice', _TWICE),
    Claim('ranking helps', 'AK-Net, Table IV', 'aknet-rank', 'aknet-1d'),
    Claim(
        'the transform helps', 'AK-Net, Table IV', 'aknet-rank-transform', 'aknet-rank'
    ),
    Claim(
        'the sparsity term helps',
        'AK-Net, Table IV',
        'aknet-all',
        'aknet-rank-transform',
    ),
    Claim('the pooled map helps', 'AK-Net, Table IV', 'aknet-tsm-res2', 'aknet-all'),
)


def claim_cells(
    top1: Dict[str, Dict[int, float]],
    rows: Sequence[Row] = ROWS,
    claims: Sequence[Claim] = CLAIMS,
) -> List[List[str]]:
    """Lines of the table of claims that have at least `SEEDS` common seeds.

    Args:
        top1 (dict[str, dict[int, float]]): Top-1 accuracy by row and seed.
        rows (Sequence[Row]): Rows, for their labels.
        claims (Sequence[Claim]): The claims.

    Returns:
        list[list[str]]: Claim, source, the two rows, seeds, difference with its
        interval in points, verdict.
    """
    labels = {row.key: row.label for row in rows}
    cells: List[List[str]] = []
    for claim in claims:
        found = paired_difference(top1.get(claim.row, {}), top1.get(claim.against, {}))
        if found is None or found.half_width is None or found.seeds < SEEDS:
            continue
        cells.append(
            [
                claim.text,
                claim.source,
                f'{labels[claim.row]} - {labels[claim.against]}',
                str(found.seeds),
                f'{100 * found.mean:+.1f} +- {100 * found.half_width:.1f}',
                claim.verdict(found),
            ]
        )
    return cells
