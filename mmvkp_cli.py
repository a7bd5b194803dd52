"""The command `mmvkp`.

This module is not part of the package: `import mmvkp` registers every component
and takes seconds. The table below names all commands, so that `--help` and a
misspelt name answer at once; a command's module is imported when it runs.
"""

import ctypes
import difflib
import importlib
import os
import sys
import warnings
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

import click

_USER_ERRORS = (ValueError, TypeError, KeyError, OSError, ImportError)
# Warnings of the hosts at each start, about parts that no recognizer uses and about
# an import of theirs that works with the setuptools of requirements/build.txt.
_NOISE = (
    'Fail to import ``MultiScaleDeformableAttention``',
    'pkg_resources is deprecated as an API',
)
# Variable of glibc -> parameter of `mallopt` in malloc.h, value.
_MALLOPT = {
    'MALLOC_MMAP_MAX_': (-4, 0),
    'MALLOC_TRIM_THRESHOLD_': (-1, 2**31 - 1),
    'MALLOC_TOP_PAD_': (-2, 2**26),
}
_LARGE_PAGES = 'THP_MEM_ALLOC_ENABLE'
# Variables by which users decide on the memory themselves.
_DECIDED = {*_MALLOPT, _LARGE_PAGES, 'MALLOC_MMAP_THRESHOLD_', 'GLIBC_TUNABLES'}


class Entry(NamedTuple):
    """A command: `package.module:function`, and its line in `--help`."""

    target: str
    help: str


GROUPS: Dict[str, str] = {
    '': 'Efficient video recognition and action detection for MMAction2.',
    'benchmark': 'Measure speed and learning.',
    'data': 'Make, convert and check data sets.',
    'draw': 'Draw predictions, annotations and the attention of models.',
    'evaluate': 'Compute metrics from the files of finished tests.',
    'weights': 'Shipped weights, and converters of public weights.',
}

# The words of a command -> where it is defined.
COMMANDS: Dict[str, Entry] = {
    'train': Entry(
        'mmvkp.recognition.commands:train', "Train a config with MMAction2's script."
    ),
    'test': Entry(
        'mmvkp.recognition.commands:test', "Test a checkpoint with MMAction2's script."
    ),
    'host': Entry(
        'mmvkp.recognition.commands:host',
        "Run any tool of MMAction2 with mmvkp's repairs.",
    ),
    'doctor': Entry('mmvkp_doctor:doctor', 'Check the installation.'),
    'list': Entry('mmvkp.recognition.commands:list_recipes', 'List the recipes.'),
    'metafiles': Entry(
        'mmvkp.recognition.metafiles:write_metafiles', 'Write the metafiles for MIM.'
    ),
    'predict': Entry(
        'mmvkp.recognition.predict_commands:predict',
        'Classify videos, or find action tubes.',
    ),
    'demo': Entry('mmvkp.demo.commands:demo', 'Start the web demo.'),
    'export': Entry(
        'mmvkp.deploy.commands:export', 'Export a model for use without PyTorch.'
    ),
    'data make-list': Entry(
        'mmvkp.recognition.data_commands:make_list',
        'Write annotation lists of own videos.',
    ),
    'data make-config': Entry(
        'mmvkp.recognition.data_commands:make_config', 'Write a config for own videos.'
    ),
    'data mini-kinetics': Entry(
        'mmvkp.recognition.data_commands:mini_kinetics', 'Write lists of Mini-Kinetics.'
    ),
    'data convert': Entry(
        'mmvkp.tubes.commands:convert', 'Convert tube annotations of other tools.'
    ),
    'data check': Entry(
        'mmvkp.tubes.check_command:check', 'Check data sets and annotations.'
    ),
    'data stick-action': Entry(
        'mmvkp.stick_action.commands:generate',
        'Make the synthetic data set StickAction.',
    ),
    'data write-bank': Entry(
        'mmvkp.point3d.commands:write_bank', 'Write the feature bank of a Point3D.'
    ),
    'draw attention': Entry(
        'mmvkp.recognition.draw_commands:draw_attention',
        'Attention of a model, for any method.',
    ),
    'draw key-points': Entry(
        'mmvkp.kpsem.commands:draw_key_points', 'Key-point shifts of KPSEM.'
    ),
    'draw frame-selection': Entry(
        'mmvkp.afnet.commands:draw_frame_selection', 'Frames that an AFNet selects.'
    ),
    'draw selection-share': Entry(
        'mmvkp.afnet.commands:draw_selection_share', 'Share of frames per block.'
    ),
    'draw action-keypoints': Entry(
        'mmvkp.aknet.commands:draw_action_keypoints', 'Action keypoints of an AK-Net.'
    ),
    'draw point-heatmaps': Entry(
        'mmvkp.point3d.commands:draw_point_heatmaps', 'Heatmaps of the point head.'
    ),
    'draw tubes': Entry('mmvkp.tubes.commands:draw_tubes', 'Action tubes on a video.'),
    'draw cam': Entry(
        'mmvkp.recognition.draw_commands:draw_cam', 'Grad-CAM of several models.'
    ),
    'draw accuracy-cost': Entry(
        'mmvkp.recognition.draw_commands:draw_accuracy_cost', 'Accuracy against MACs.'
    ),
    'draw class-gain': Entry(
        'mmvkp.recognition.draw_commands:draw_class_gain',
        'Gain of each class over a baseline.',
    ),
    'draw predictions': Entry(
        'mmvkp.recognition.draw_commands:draw_predictions',
        'Clips with their likely classes.',
    ),
    'evaluate tubes': Entry(
        'mmvkp.tubes.commands:evaluate', 'Frame-mAP and video-mAP of a dump.'
    ),
    'evaluate tracks': Entry(
        'mmvkp.tubes.commands:evaluate_tracks', 'HOTA and IDF1 of the ids of tubes.'
    ),
    'evaluate splits': Entry(
        'mmvkp.recognition.evaluate_commands:average_splits',
        'Mean accuracy over splits.',
    ),
    'evaluate runs': Entry(
        'mmvkp.recognition.evaluate_commands:compare_runs',
        'Compare finished runs in a table.',
    ),
    'evaluate learning': Entry(
        'mmvkp.stick_action.learning_commands:evaluate_learning',
        'Page of the learning benchmark from its csv.',
    ),
    'evaluate selection-cost': Entry(
        'mmvkp.afnet.commands:selection_cost', 'MACs of an AFNet by selection ratio.'
    ),
    'benchmark learning': Entry(
        'mmvkp.stick_action.learning_commands:benchmark_learning',
        'Train and compare configs, or the fixed table of rows.',
    ),
    'benchmark speed': Entry(
        'mmvkp.recognition.evaluate_commands:benchmark_speed',
        'Time models side by side.',
    ),
    'benchmark memory': Entry(
        'mmvkp.recognition.evaluate_commands:benchmark_memory',
        'Count the memory of a training step.',
    ),
    'benchmark selection': Entry(
        'mmvkp.afnet.commands:benchmark_selection', 'Time of an AFNet by ratio.'
    ),
    'benchmark deploy': Entry(
        'mmvkp.deploy.commands:benchmark_deploy', 'Time of torch and ONNX Runtime.'
    ),
    'benchmark export': Entry(
        'mmvkp.deploy.commands:benchmark_export',
        'Differences, sizes and times of exports.',
    ),
    'benchmark aknet': Entry(
        'mmvkp.aknet.commands:benchmark', 'Time of AK-Net against its host.'
    ),
    'benchmark streaming': Entry(
        'mmvkp.point3d.commands:benchmark_streaming', 'Time per frame of a stream.'
    ),
    'benchmark point-targets': Entry(
        'mmvkp.point3d.commands:benchmark_targets', 'Time of the training targets.'
    ),
    'benchmark tube-metric': Entry(
        'mmvkp.tubes.commands:benchmark_metric', 'Time of the tube metric.'
    ),
    'weights list': Entry(
        'mmvkp.recognition.weight_commands:list_weights', 'List the shipped weights.'
    ),
    'weights verify': Entry(
        'mmvkp.recognition.weight_commands:verify_weights',
        'Check the files of the shipped weights.',
    ),
    'weights pack': Entry(
        'mmvkp.recognition.weight_commands:pack_weights',
        'Add a checkpoint to the shipped weights.',
    ),
    'weights afnet': Entry('mmvkp.afnet.commands:convert', "AFNet's released weights."),
    'weights mfnet': Entry(
        'mmvkp.hosts.commands:convert_mfnet', "MFNet's public weights."
    ),
    'weights tdn': Entry('mmvkp.hosts.commands:convert_tdn', "TDN's released weights."),
    'weights resnext3d': Entry(
        'mmvkp.hosts.commands:convert_resnext3d', '3D ResNeXt-101 on Kinetics.'
    ),
    'weights hourglass': Entry(
        'mmvkp.point3d.commands:convert_hourglass', "CenterNet's Hourglass-104."
    ),
}


class Group(click.Group):
    """A part of the table `COMMANDS`.

    Args:
        words (str): First words of its commands; empty for all of them.
        **kwargs: Arguments of `click.Group`.
    """

    def __init__(self, words: str = '', **kwargs: object) -> None:
        super().__init__(**kwargs)  # type: ignore[arg-type]
        self.words = words

    def _entries(self) -> Dict[str, str]:
        """Line of help by name of the commands and groups in this group."""
        if self.words:
            found = (each.split(' ') for each in COMMANDS if ' ' in each)
            return {
                name: COMMANDS[f'{words} {name}'].help
                for words, name in found
                if words == self.words
            }
        alone = {each: COMMANDS[each].help for each in COMMANDS if ' ' not in each}
        return {**alone, **{key: text for key, text in GROUPS.items() if key}}

    def list_commands(self, ctx: click.Context) -> List[str]:
        """Names in the order of the table."""
        return list(self._entries())

    def get_command(self, ctx: click.Context, name: str) -> Optional[click.Command]:
        """Import a command; None for an unknown name."""
        if name not in self._entries():
            return None
        words = f'{self.words} {name}'.strip()
        if words in GROUPS:
            return Group(words, name=name, help=GROUPS[words])
        module, _, function = COMMANDS[words].target.partition(':')
        command: click.Command = getattr(importlib.import_module(module), function)
        command.short_help = COMMANDS[words].help
        return command

    def resolve_command(
        self, ctx: click.Context, args: List[str]
    ) -> Tuple[Optional[str], Optional[click.Command], List[str]]:
        """Find a command, or suggest similar names."""
        names = list(self._entries())
        if args and args[0] not in names and not args[0].startswith('-'):
            raise click.UsageError(f'unknown command {unknown(args[0], names)}', ctx)
        return super().resolve_command(ctx, args)

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """List the commands from the table, without importing them."""
        with formatter.section('Commands'):
            formatter.write_dl(list(self._entries().items()))


def unknown(name: str, known: Sequence[str]) -> str:
    """Quote an unknown name with the closest known ones.

    Args:
        name (str): The given name.
        known (Sequence[str]): Allowed names.

    Returns:
        str: E.g. `'drw'; did you mean draw?`, or the list of all names.
    """
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = (
        f'did you mean {" or ".join(close)}?' if close else f'one of {", ".join(known)}'
    )
    return f'{name!r}; {hint}'


cli = Group(
    name='mmvkp',
    help=GROUPS[''],
    context_settings=dict(help_option_names=['-h', '--help']),
)


def main(args: Optional[Sequence[str]] = None) -> int:
    """Run the command line; a user error is printed in one line.

    `MMVKP_TRACEBACK=1` in the environment shows the traceback of an error.

    Args:
        args (Sequence[str], optional): Arguments; default: those of the process.

    Returns:
        int: Exit code: 0, 1 after an error, 130 after Ctrl-C.
    """
    if args is None:
        _keep_memory()
    given = list(sys.argv[1:] if args is None else args)
    for message in _NOISE:
        warnings.filterwarnings('ignore', message)
    try:
        code = cli.main(given, prog_name='mmvkp', standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0
    except click.ClickException as error:
        context = getattr(error, 'ctx', None)
        path = context.command_path if context else _path(given)
        message = error.format_message()
        if isinstance(error, click.UsageError):
            end = '' if message.endswith(('.', '?', '!')) else '.'
            message = f'{message}{end} See {path} --help.'
        return _fail(path, message)
    except (KeyboardInterrupt, click.Abort):
        click.echo('interrupted', err=True)
        return 130
    except _USER_ERRORS as error:
        if os.environ.get('MMVKP_TRACEBACK') == '1':
            raise
        return _fail(
            _path(given), error.args[0] if isinstance(error, KeyError) else error
        )


def _keep_memory() -> None:
    """Let the process and its children keep freed memory, and use large pages.

    glibc returns the map of each layer to the system, and the next layer pays for new
    pages: up to a third of the time of a training step on a CPU. Settings of the user
    win.
    """
    if _DECIDED & os.environ.keys():
        return
    os.environ[_LARGE_PAGES] = '1'  # torch asks for pages of 2 MB
    os.environ.update({name: str(value) for name, (_, value) in _MALLOPT.items()})
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, TypeError, AttributeError):  # not glibc
        return
    for parameter, value in _MALLOPT.values():
        mallopt(parameter, value)


def _path(given: Sequence[str]) -> str:
    """Words of the command that was called, such as `mmvkp data check`."""
    for size in (2, 1):
        if ' '.join(given[:size]) in COMMANDS:
            return ' '.join(['mmvkp', *given[:size]])
    return 'mmvkp'


def _fail(path: str, message: object) -> int:
    """Write an error in one line, without the credentials of URLs."""
    text = ' '.join(str(message).split())
    if '://' in text:
        from mmvkp.video.urls import mask_credentials

        text = mask_credentials(text)
    click.echo(f'{path}: error: {text}', err=True)
    return 1


if __name__ == '__main__':
    sys.exit(main())
