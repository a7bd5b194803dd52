"""JSON files of the demo."""

import json
from pathlib import Path
from typing import Any, Dict, Sequence, Tuple

from ..files import write_text
from ..recognition.shipped_weights import ShippedWeights
from ..version import __version__


def write_content(
    path: Path,
    weights: ShippedWeights,
    facts: Sequence[Tuple[str, str]],
    content: Dict[str, Any],
) -> None:
    """Write the result of a model.

    Args:
        path (Path): File to write.
        weights (ShippedWeights): Weights of the model.
        facts (Sequence[tuple[str, str]]): See `Answer`.
        content (dict): Values of the result.
    """
    about = dict(
        name=weights.name,
        recipe=weights.recipe,
        sha256=weights.sha256,
        mmvkp=__version__,
    )
    text = json.dumps(dict(model=about, facts=dict(facts), **content), allow_nan=False)
    write_text(path, text)
