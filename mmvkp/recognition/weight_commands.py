"""Commands for the weights that are part of the package."""

from typing import Tuple

import click

from ..console import command, say


@command('The files of the package.', 'Names, sizes and results.', 'mmvkp weights list')
def list_weights() -> None:
    """List the shipped weights.

    `mmvkp predict --model NAME` uses them; `mmvkp://NAME` is a checkpoint in every
    command and in load_from of a config. Results are measured by the test of the
    recipe, in percent.
    """
    from .pack_weights import describe
    from .shipped_weights import shipped_weights

    say('\n'.join(describe(list(shipped_weights().values()))))


@command(
    'The files of the package.',
    'A line for each file; exit code 1 if one is damaged.',
    'mmvkp weights verify',
)
@click.argument('names', nargs=-1, metavar='[NAME]...')
def verify_weights(names: Tuple[str, ...]) -> int:
    """Compare the shipped weights with their checksums and recipes.

    Without NAME all weights are checked.
    """
    from .pack_weights import verify
    from .shipped_weights import find_shipped, shipped_weights

    damaged = 0
    for entry in [find_shipped(each) for each in names or shipped_weights()]:
        try:
            verify(entry)
            say(f'{entry.url}: ok, SHA-256 {entry.sha256}')
        except (ValueError, OSError) as error:
            damaged += 1
            say(f'error: {error}', err=True)
    return int(damaged > 0)


@command(
    'A checkpoint of a recipe, and the test data of the recipe.',
    'mmvkp/weights/NAME.pth and its entry in mmvkp/weights/index.yml.',
    'mmvkp weights pack epoch_6.pth kpsem-stick --seed 0 --commit 1a2b3c4 --half '
    '--recipe kpsem_r3d10_1xb16-u8-6e_stick-action-rgb',
)
@click.argument('checkpoint')
@click.argument('name')
@click.option('--recipe', required=True, help='Recipe of the training.')
@click.option('--seed', type=int, required=True, help='Seed of the training.')
@click.option('--commit', required=True, help='Commit of mmvkp of the training.')
@click.option(
    '--half', is_flag=True, help='Store arrays in half precision; vectors stay.'
)
def pack_weights(
    checkpoint: str, name: str, recipe: str, seed: int, commit: str, half: bool
) -> None:
    """Add the weights of a checkpoint to a checkout of mmvkp.

    Only weights and class names are stored. The new file is tested with the test data
    of the recipe, and the results are recorded. `mmvkp metafiles` then updates the
    metafile of the recipe.
    """
    from .pack_weights import describe, pack

    say('\n'.join(describe([pack(name, recipe, checkpoint, seed, commit, half)])))
