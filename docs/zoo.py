"""Pages of the model zoo, made of the metafiles."""

from pathlib import Path
from typing import Any, Dict, List

import yaml
from pages import COPIES, ROOT, write


def _result(model: Dict[str, Any]) -> str:
    """Measured results of a recipe, such as `Top 1 Accuracy 97.3`."""
    lines = [
        f'{name} {value}'
        for each in model.get('Results') or ()
        for name, value in (each.get('Metrics') or {}).items()
    ]
    return '<br>'.join(lines) or '-'


def _weights(model: Dict[str, Any]) -> str:
    """Shipped weights of a recipe with their own results."""
    if not model.get('Weights'):
        return '-'
    results = model['Weights Metadata']['Results'].items()
    lines = [f'{name} {value}' for name, value in results]
    return '<br>'.join([f'[{model["Weights"]}](../../demo.md)', *lines])


def _row(model: Dict[str, Any]) -> str:
    """Line of the table for a recipe."""
    data = model['Metadata']
    cost = data.get('FLOPs')
    cells = [
        f'`{model["Name"]}`',
        str(data.get('Training Data', '-')),
        str(data.get('Pretrained') or '-'),
        str(data.get('Epochs', '-')),
        f'{data["Parameters"] / 1e6:.2f}' if data.get('Parameters') else '-',
        f'{cost / 1e9:.2f}' if cost else '-',
        _result(model),
        _weights(model),
    ]
    return f'| {" | ".join(cells)} |'


def write_zoo(folder: Path) -> None:
    """Write a page for each metafile, and their list."""
    index = yaml.safe_load((ROOT / 'model-index.yml').read_text(encoding='utf-8'))
    names: List[str] = []
    for name in index['Import']:
        content = yaml.safe_load((ROOT / name).read_text(encoding='utf-8'))
        method = Path(name).parent.name
        names.append(method)
        (collection,) = content['Collections']
        page = Path(COPIES[collection['README']])
        rows = [_row(each) for each in content['Models']]
        paper = collection['Paper']
        lines = [
            f'# {collection["Name"]}: recipes',
            '',
            f'{len(rows)} recipes of [{paper["Title"]}]({paper["URL"]}). Their results '
            f'and settings are described on the [page of the method](../{page}).',
            'Recipes with a dash under results were not trained here.',
            '',
            '| recipe | data | pretrained | epochs | parameters (M) | GMACs | results |'
            ' weights |',
            '| --- | --- | --- | ---: | ---: | ---: | --- | --- |',
            *rows,
            '',
        ]
        write(folder / 'zoo' / f'{method}.md', '\n'.join(lines))
    lines = [
        '# Model zoo',
        '',
        'Each recipe is used by its name, in any command that takes a config: '
        '`mmvkp train NAME`, `mmvkp predict VIDEO --model NAME`. `mmvkp list` prints '
        'the names, `mmvkp list NAME --copy FILE` writes a recipe that can be edited. '
        'Parameters and GMACs belong to the input of the recipe.',
        '',
        '```{toctree}',
        *(f'zoo/{each}' for each in names),
        '```',
        '',
    ]
    write(folder / 'model_zoo.md', '\n'.join(lines))
