"""Commands for any recognizer: training and tests."""

import sys
import traceback
from typing import Optional, Sequence, Tuple

import click

from ..console import command, say

# Everything after the first argument belongs to MMAction2's script.
HOST = dict(ignore_unknown_options=True, allow_interspersed_args=False)


def _run_host(name: str, args: Sequence[str]) -> None:
    """Run a script of MMAction2.

    Missing weights are one line; after another error its traceback is shown.
    """
    from ..missing_weights import MissingWeightsError
    from .host_repairs import HostToolError
    from .host_tools import find_host_tool, run_host_tool

    find_host_tool(name)
    try:
        run_host_tool(name, args)
    except (MissingWeightsError, HostToolError):
        raise
    except Exception:
        traceback.print_exc()
        sys.exit(1)


def _run_processes(name: str, args: Sequence[str]) -> None:
    """Run a script of MMAction2, in several processes with `--gpus N`."""
    from .host_tools import split_processes, start_processes

    count, rest = split_processes(args)
    if count > 1:
        sys.exit(start_processes(count, [name, *rest]))
    _run_host(name, rest)


@command(
    'A config, or the name of a recipe.',
    "Checkpoints and logs in the config's work_dir.",
    'mmvkp train kpsem_r3d10_1xb16-u8-6e_stick-action-rgb --seed 0',
    context_settings=HOST,
)
@click.argument('config')
@click.argument('args', nargs=-1, type=click.UNPROCESSED)
def train(config: str, args: Tuple[str, ...]) -> None:
    """Train a config with MMAction2's script.

    Options of MMAction2's tools/train.py follow CONFIG; `mmvkp train CONFIG --help`
    shows them. `--gpus N` starts N processes, on the CPU if there is no GPU.
    `--resume` continues from the newest readable checkpoint.
    """
    from .recipes import find_config

    _run_processes('train', [find_config(config), *args])


@command(
    'A config or the name of a recipe, and a checkpoint.',
    "Metrics on the terminal and in the config's work_dir.",
    'mmvkp test my_config.py work_dirs/my_config/epoch_6.pth --dump scores.pkl',
    context_settings=HOST,
)
@click.argument('config')
@click.argument('checkpoint')
@click.argument('args', nargs=-1, type=click.UNPROCESSED)
def test(config: str, checkpoint: str, args: Tuple[str, ...]) -> None:
    """Test a checkpoint with MMAction2's script.

    Options of MMAction2's tools/test.py follow CHECKPOINT, such as
    `--dump scores.pkl`. `--gpus N` starts N processes.
    """
    from .recipes import find_config

    _run_processes('test', [find_config(config), checkpoint, *args])


@command(
    'Inputs of the tool.',
    'Outputs of the tool; without TOOL a list of all tools.',
    'mmvkp host get_flops my_config.py --shape 224 224',
    context_settings=HOST,
)
@click.argument('tool', required=False)
@click.argument('args', nargs=-1, type=click.UNPROCESSED)
def host(tool: Optional[str], args: Tuple[str, ...]) -> None:
    """Run any script of MMAction2's tools folder with the repairs of mmvkp.

    TOOL is a path in this folder or the name of the file alone, such as
    analysis_tools/confusion_matrix or confusion_matrix. `mmvkp host TOOL --help`
    shows the options of a tool. Names of recipes are replaced by their paths.
    """
    from .host_tools import find_host_tool, list_host_tools, report_cost
    from .recipes import find_recipes

    if not tool:
        say('\n'.join(list_host_tools()))
        return
    recipes = find_recipes()
    words = [str(recipes.get(each.removesuffix('.py'), each)) for each in args]
    report = report_cost(words) if find_host_tool(tool).stem == 'get_flops' else None
    if report:
        say(report)
    else:
        _run_host(tool, words)


@command(
    'The configs that were installed with mmvkp.',
    'One name per line.',
    'mmvkp list aknet',
)
@click.argument('pattern', default='*')
@click.option('--paths', is_flag=True, help='Print the paths of the configs.')
@click.option(
    '--copy',
    metavar='FILE',
    help='Write the recipe, with its bases resolved, to a file .py that can be edited.',
)
def list_recipes(pattern: str, paths: bool, copy: Optional[str]) -> None:
    """List the recipes.

    PATTERN is a part of the name, or a pattern with *, ? or [...]. With --copy it is
    the name of one recipe.
    """
    from .recipes import copy_recipe, find_recipes

    if copy:
        copy_recipe(pattern, copy)
        say(f'{pattern} -> {copy}')
        return
    found = find_recipes(pattern)
    if not found:
        raise ValueError(f'no recipe matches {pattern!r}.')
    say('\n'.join(map(str, found.values() if paths else found)))
