"""Metafiles for MIM, made of the recipes and of measured results."""

from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import click
import yaml
from mmengine.config import Config
from mmengine.registry import init_default_scope

from ..console import command, say, track
from ..files import replacing
from .clip_cost import clip_cost, cost_key, input_size
from .shipped_weights import shipped_for

HEADER = '# Written by `mmvkp metafiles` from the recipes and results.yml.\n'
# Parts of a recipe's name -> the words of a metafile.
DATASETS = {
    'activitynet': 'ActivityNet v1.3',
    'ava21': 'AVA v2.1',
    'ava22': 'AVA v2.2',
    'diving48': 'Diving48',
    'hmdb51': 'HMDB51',
    'in1k': 'ImageNet',
    'jester': 'Jester',
    'jhmdb': 'JHMDB',
    'kinetics400': 'Kinetics-400',
    'minikinetics121k': 'Mini-Kinetics-200 (121k)',
    'minikinetics80k': 'Mini-Kinetics-200',
    'sthv1': 'Something-Something v1',
    'sthv2': 'Something-Something v2',
    'stick-action': 'StickAction',
    'stick-far': 'StickAction',
    'stick-memory': 'StickAction',
    'stick-occluded': 'StickAction',
    'stick-tubes': 'StickAction',
    'stick-multi-label': 'StickAction',
    'ucf101': 'UCF101',
    'ucf101-24': 'UCF101-24',
}
WEIGHTS = {
    'coco': 'COCO',
    'in1k': 'ImageNet',
    'jhmdb': 'JHMDB',
    'k400': 'Kinetics-400',
    'k700': 'Kinetics-700',
    'stick': 'StickAction',
    'ucf101-24': 'UCF101-24',
}


def inside_checkout(path: Path) -> str:
    """Path from the root of the checkout, such as `configs/recognition/kpsem`.

    Args:
        path (Path): A file or folder below `configs`.

    Raises:
        ValueError: If it is elsewhere.
    """
    parts = path.resolve().parts
    if 'configs' not in parts[:-1]:
        raise ValueError(f'{path} is not below a folder configs.')
    start = len(parts) - 1 - parts[::-1].index('configs')
    return '/'.join(parts[start:])


def dataset_words(token: str) -> str:
    """Name of a data set, with its split.

    Args:
        token (str): That part of a recipe's name, such as `hmdb51-split1`.

    Returns:
        str: E.g. `HMDB51, split 1`.

    Raises:
        KeyError: If the data set is unknown.
    """
    name, _, split = token.partition('-split')
    if name not in DATASETS:
        raise KeyError(
            f'data set {name} is unknown; add it to mmvkp/recognition/metafiles.py.'
        )
    return f'{DATASETS[name]}, split {split}' if split else DATASETS[name]


def pretrained_words(token: str) -> str:
    """Data sets of the pretrained weights.

    Args:
        token (str): Second part of a recipe's name, such as `coco-k400-pre-hg104`.

    Returns:
        str: E.g. `COCO, Kinetics-400`, or `None`.
    """
    weights, found, _ = token.rpartition('-pre-')
    if not found:
        return 'None'
    names = [weights] if weights in WEIGHTS else weights.split('-')
    return ', '.join(WEIGHTS[each] for each in names)


def describe(
    path: Path, facts: Dict[str, Any], known: Dict[str, Tuple[int, int]]
) -> Dict[str, Any]:
    """Entry of one recipe in a metafile.

    Args:
        path (Path): The recipe.
        facts (dict): Content of the results.yml beside it.
        known (dict): Costs by recipe or by settings of a model; extended in-place.

    Returns:
        dict: One item of `Models`.

    Raises:
        KeyError: If its architecture or data set is unknown.
    """
    config = Config.fromfile(path)
    _, weights, sampling, last = path.stem.split('_')
    token, _, modality = last.rpartition('-')
    gpus = int(sampling.partition('xb')[0])
    # Most recipes of StickAction neither crop nor resize.
    clip = (config.get('num_segments') or config.clip_len, input_size(config) or 64)
    key = repr((cost_key(config.model.to_dict()), clip))
    if path.stem not in known and key not in known:
        known[key] = clip_cost(config.model, *clip)
    parameters, macs = known.get(path.stem) or known[key]
    architectures = [
        words
        for pattern, words in facts['architectures'].items()
        if fnmatch(path.stem, pattern)
    ]
    if not architectures:
        raise KeyError(
            f'{path.name} has no architecture; add a pattern to results.yml.'
        )
    dataset = dataset_words(token)
    entry: Dict[str, Any] = {
        'Name': path.stem,
        'Config': inside_checkout(path),
        'In Collection': facts['collection']['name'],
        'Metadata': {
            'Architecture': architectures[0],
            'Batch Size': config.train_dataloader.batch_size,
            'Epochs': config.train_cfg.max_epochs,
            'Parameters': parameters,
            # Multiply-accumulates of one clip, which MMAction2 calls FLOPs.
            'FLOPs': macs,
            'Pretrained': pretrained_words(weights),
            'Training Data': dataset,
            'Training Resources': '1 CPU'
            if dataset == 'StickAction'
            else f'{gpus} GPU{"s" * (gpus > 1)}',
        },
        'Modality': modality.upper(),
        **weights_of(path.stem),
    }
    results = results_of(path.stem, facts)
    return {**entry, 'Results': results} if results else entry


def weights_of(name: str) -> Dict[str, Any]:
    """Shipped weights of a recipe.

    Args:
        name (str): The recipe.

    Returns:
        dict: `Weights`, None if there are none, because the inferencers of the hosts
        need the key; with weights also `Weights Metadata`.
    """
    found = shipped_for(name)
    if found is None:
        return {'Weights': None}
    facts = {
        'Seed': found.seed,
        'Commit': found.commit,
        'Precision': found.precision,
        'SHA-256': found.sha256,
        'Test Samples': found.samples,
        'Results': found.results,
    }
    return {'Weights': found.url, 'Weights Metadata': facts}


def results_of(name: str, facts: Dict[str, Any]) -> List[Dict[str, Any]]:
    """Measured results of a recipe.

    Args:
        name (str): The recipe.
        facts (dict): Content of results.yml. A value is a number, a pair of mean and
            standard deviation, or None if it was not measured.

    Returns:
        list[dict]: Its `Results`, with means.

    Raises:
        ValueError: If the numbers of values and metrics differ.
    """
    found = []
    for table in facts.get('measured', []):
        values = table['results'].get(name)
        if values is None:
            continue
        if len(values) != len(table['metrics']):
            raise ValueError(
                f'results.yml: {name} has {len(values)} values for '
                f'{len(table["metrics"])} metrics.'
            )
        metrics = {
            metric: value[0] if isinstance(value, list) else value
            for metric, value in zip(table['metrics'], values)
            if value is not None
        }
        found.append(
            {'Task': table['task'], 'Dataset': table['dataset'], 'Metrics': metrics}
        )
    return found


def read_facts(folder: Path) -> Dict[str, Any]:
    """Read the results.yml of a folder.

    Args:
        folder (Path): Folder of recipes.

    Returns:
        dict: Its content.

    Raises:
        FileNotFoundError: If it is missing.
        KeyError: If a result belongs to no recipe.
    """
    path = folder / 'results.yml'
    if not path.is_file():
        raise FileNotFoundError(
            f'no {path}; it has the facts that recipes do not state.'
        )
    facts: Dict[str, Any] = yaml.safe_load(path.read_text(encoding='utf-8'))
    names = {each for table in facts.get('measured', []) for each in table['results']}
    unknown = sorted(names - {each.stem for each in folder.glob('*.py')})
    if unknown:
        raise KeyError(f'{path}: no recipe {", ".join(unknown)}.')
    return facts


def make_metafile(
    folder: Path,
    description: Optional[str] = None,
    costs: Optional[Dict[str, Tuple[int, int]]] = None,
) -> str:
    """Text of the metafile.yml of a folder of recipes.

    Args:
        folder (Path): A folder below `configs`, with recipes and a results.yml.
        description (str, optional): Text before a progress bar; None shows none.
        costs (dict, optional): Known parameters and MACs by recipe; those of all
            other recipes are counted.

    Returns:
        str: The YAML text.
    """
    init_default_scope('mmaction')
    facts = read_facts(folder)
    collection, known = facts['collection'], dict(costs or {})
    recipes = sorted(folder.glob('*.py'))
    content = {
        'Collections': [
            {
                'Name': collection['name'],
                'README': inside_checkout(folder / 'README.md'),
                'Paper': {'URL': collection['url'], 'Title': collection['title']},
            }
        ],
        'Models': [
            describe(each, facts, known)
            for each in (track(recipes, description) if description else recipes)
        ],
    }
    return HEADER + yaml.safe_dump(
        content, sort_keys=False, width=1000, allow_unicode=True
    )


@command(
    'Recipes, and the results.yml beside them with measured results.',
    'metafile.yml in each FOLDER.',
    'mmvkp metafiles configs/recognition/kpsem',
)
@click.argument('folders', nargs=-1, required=True, metavar='FOLDER...')
def write_metafiles(folders: Tuple[str, ...]) -> None:
    """Write the metafiles that MIM reads, in a checkout of mmvkp.

    Names, batch sizes, epochs, parameters and MACs come from the recipes.
    """
    for folder in map(Path, folders):
        text = make_metafile(folder, folder.name)
        path = folder / 'metafile.yml'
        with replacing(path) as temporary:
            Path(temporary).write_text(text, encoding='utf-8')
        say(f'{path}: {text.count("- Name: ") - 1} models')
