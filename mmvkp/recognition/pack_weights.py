"""Writing of shipped weights from a checkpoint, and checks of the written files."""

import hashlib
import io
import tempfile
from pathlib import Path
from typing import Any, Dict, List, Tuple

import torch
import yaml
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner

from ..files import replacing, write_text
from . import shipped_weights as shipped
from .loading import load_config, load_recognizer
from .recipes import find_config
from .shipped_weights import ShippedWeights

# Metrics of a test -> names in results.yml, and factor to percent.
METRICS = {
    'acc/top1': ('Top 1 Accuracy', 100),
    'pair/acc': ('Pair Accuracy', 100),
    'cost/kept': ('Frames Kept', 100),
    'stad/frame_mAP@0.5': ('frame-mAP@0.5', 1),
    'stad/video_mAP@0.2': ('video-mAP@0.2', 1),
    'stad/video_mAP@0.5': ('video-mAP@0.5', 1),
}
HEADER = '# Written by `mmvkp weights pack`.\n'


def inference_file(recipe: str, checkpoint: str, half: bool) -> bytes:
    """Content of a file with the weights and class names of a checkpoint.

    Optimisers, histories and paths are left out. The content depends on nothing else,
    so that the same checkpoint gives the same file.

    Args:
        recipe (str): Recipe of the checkpoint.
        checkpoint (str): File of a training.
        half (bool): Store arrays of two and more axes in half precision.

    Raises:
        FileNotFoundError: If the checkpoint is missing.
        ValueError: If it does not fit the recipe, has no class names, or has values
            outside the range of half precision.
    """
    model = load_recognizer(load_config(recipe), checkpoint)
    names = model.dataset_meta.get('classes')
    if not names:
        raise ValueError(
            f'{checkpoint} has no names of classes; train with ClassNamesHook, and '
            'with classes.txt beside the lists of the data.'
        )
    state = {}
    for key, value in model.state_dict().items():
        wide = value.is_floating_point() and value.dim() > 1
        state[key] = (value.half() if half and wide else value).clone()
        if not state[key].isfinite().all():
            raise ValueError(
                f'{checkpoint}: {key} is not finite'
                f'{" in half precision; pack it without --half" if half else ""}.'
            )
    file = io.BytesIO()
    meta = dict(dataset_meta=dict(classes=list(names)), recipe=recipe)
    torch.save(dict(meta=meta, state_dict=state), file)
    return file.getvalue()


def run_test(recipe: str, checkpoint: str) -> Tuple[int, Dict[str, float]]:
    """Run the test of a recipe, on its own data.

    Args:
        recipe (str): The recipe.
        checkpoint (str): File, or `mmvkp://NAME`.

    Returns:
        tuple: Number of test samples, of a detector of test videos; results in
        percent by the names of results.yml.
    """
    config = Config.fromfile(find_config(recipe))
    init_default_scope('mmaction')
    with tempfile.TemporaryDirectory() as folder:
        config.update(load_from=checkpoint, work_dir=folder)
        config.test_dataloader.update(num_workers=0, persistent_workers=False)
        runner = Runner.from_cfg(config)
        metrics: Dict[str, Any] = runner.test()
    data = runner.test_dataloader.dataset
    results = {
        name: round(factor * float(metrics[key]), 2)
        for key, (name, factor) in METRICS.items()
        if key in metrics
    }
    return len(getattr(data, 'videos', data)), results


def pack(
    name: str, recipe: str, checkpoint: str, seed: int, commit: str, half: bool
) -> ShippedWeights:
    """Write shipped weights and their entry of the index.

    The written file is tested with the test data of the recipe.

    Args:
        name (str): Name after `mmvkp://`; an existing one is replaced.
        recipe (str): Name of the recipe that trained the checkpoint.
        checkpoint (str): File of the training.
        seed (int): Seed of the training.
        commit (str): Commit of mmvkp that ran the training.
        half (bool): See `inference_file`.

    Returns:
        ShippedWeights: The new entry.
    """
    content = inference_file(recipe, checkpoint, half)
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder, 'weights.pth')
        trial.write_bytes(content)
        samples, results = run_test(recipe, str(trial))
    entry = ShippedWeights(
        name,
        recipe,
        seed,
        commit,
        'fp16' if half else 'fp32',
        hashlib.sha256(content).hexdigest(),
        samples,
        results,
    )
    with replacing(entry.path) as temporary:
        Path(temporary).write_bytes(content)
    index = shipped.FOLDER / 'index.yml'
    entries = shipped.shipped_weights() if index.is_file() else {}
    write_index({**entries, name: entry})
    return entry


def write_index(entries: Dict[str, ShippedWeights]) -> None:
    """Write the index of all shipped weights.

    Args:
        entries (dict[str, ShippedWeights]): By name.
    """
    content = {}
    for name in sorted(entries):
        facts = entries[name]._asdict()
        content[facts.pop('name')] = facts
    text = yaml.safe_dump(content, sort_keys=False, width=1000)
    write_text(shipped.FOLDER / 'index.yml', HEADER + text)


def verify(entry: ShippedWeights) -> None:
    """Compare a file with its checksum and with its recipe.

    Args:
        entry (ShippedWeights): The weights.

    Raises:
        ValueError: If the file is missing, changed, or does not fit the recipe.
    """
    load_recognizer(load_config(entry.recipe), entry.url)


def describe(entries: List[ShippedWeights]) -> List[str]:
    """Lines about shipped weights: name, size, results and recipe.

    Args:
        entries (list[ShippedWeights]): The weights.
    """
    lines = []
    for each in entries:
        size = each.path.stat().st_size / 1e6 if each.path.is_file() else 0.0
        results = ', '.join(f'{key} {value}' for key, value in each.results.items())
        lines.append(f'{each.url}  {size:.2f} MB, {each.precision}  {results}')
        lines.append(f'    {each.recipe}, seed {each.seed}')
    return lines
