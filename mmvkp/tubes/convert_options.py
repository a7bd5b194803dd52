"""Help of `mmvkp data convert`: formats, and the options of each format."""

from pathlib import Path
from typing import Any, Callable, Dict, List, Sequence, Tuple

import click
from click.core import ParameterSource

from ..console import Command
from .formats import FORMATS
from .formats.txt_folders import COORDINATES


class FormatOption(click.Option):
    """An option of some formats.

    Args:
        *args: Arguments of `click.Option`.
        formats (Sequence[str]): Keys of `FORMATS`.
        **kwargs: Arguments of `click.Option`.
    """

    def __init__(self, *args: Any, formats: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.formats = formats


FILE = click.Path(path_type=Path)
_OPTIONS = (
    click.option(
        '--fps',
        cls=FormatOption,
        formats=['ava-csv', 'via'],
        type=click.FloatRange(min=0.1, max=1000),
        help='Frames per second. Default: the times of the files of --videos; without '
        'them 30 for ava-csv.',
    ),
    click.option(
        '--start',
        cls=FormatOption,
        formats=['ava-csv'],
        type=click.IntRange(min=0),
        default=900,
        show_default=True,
        help='Second of the first frame.',
    ),
    click.option(
        '--exclude',
        cls=FormatOption,
        formats=['ava-csv'],
        multiple=True,
        type=FILE,
        metavar='CSV',
        help='Table of excluded timestamps; may be repeated.',
    ),
    click.option(
        '--first-frame',
        cls=FormatOption,
        formats=['coco-video', 'mots', 'via'],
        type=click.IntRange(min=0),
        help='Number of the first frame. Default: found in the source, and printed.',
    ),
    click.option(
        '--iou-threshold',
        cls=FormatOption,
        formats=['txt-folders', 'via'],
        type=click.FloatRange(0, 1),
        default=0.3,
        show_default=True,
        help='IoU from which boxes of successive frames belong to one tube.',
    ),
    click.option(
        '--coordinates',
        cls=FormatOption,
        formats=['txt-folders'],
        type=click.Choice(COORDINATES),
        default='pixels',
        show_default=True,
        help='Corners in pixels; centre and size (YOLO) or corners in shares of the '
        'frame.',
    ),
    click.option(
        '--first-class',
        cls=FormatOption,
        formats=['txt-folders'],
        type=click.IntRange(0, 1),
        default=1,
        show_default=True,
        help='Number of the first class.',
    ),
    click.option(
        '--first-pixel',
        cls=FormatOption,
        formats=['mot'],
        type=click.IntRange(0, 1),
        help='Coordinate of the first pixel. Default: 0 for files beside a labels.txt, '
        'as CVAT writes them, else 1.',
    ),
    click.option(
        '--hull',
        cls=FormatOption,
        formats=['cvat-xml', 'datumaro'],
        is_flag=True,
        help='Take the upright hull of polygons, masks, skeletons and other shapes.',
    ),
    click.option(
        '--attribute',
        cls=FormatOption,
        formats=['cvat-xml', 'via'],
        help='Attribute of the shapes with the class name; a checkbox is a class of '
        'its own. Default: the label of the track.',
    ),
    click.option(
        '--jhmdb-splits',
        cls=FormatOption,
        formats=['jhmdb-puppet'],
        type=FILE,
        metavar='FOLDER',
        help='Folder of CLASS_test_split1.txt, in place of --train and --test.',
    ),
)


def format_options(function: Callable) -> Callable:
    """Add the options of single formats to a command."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def own_video_options(function: Callable) -> Callable:
    """Add the options for own videos to a command."""
    share = click.option(
        '--test-share',
        type=click.FloatRange(0, 1, min_open=True, max_open=True),
        help='Choose this share of the videos of each class for the test.',
    )
    skip = click.option(
        '--skip-damaged',
        is_flag=True,
        help='Leave out videos whose file is missing or damaged, with a note for each.',
    )
    return share(skip(function))


class ConvertCommand(Command):
    """A command that lists its options by format."""

    def format_options(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """Write the formats, the common options, and the options of each format."""
        with formatter.section('Formats'):
            formatter.write_dl([(key, each.source) for key, each in FORMATS.items()])
        tables: Dict[str, List[Tuple[str, str]]] = {'Options': []}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is None or isinstance(param, click.Argument):
                continue
            if isinstance(param, FormatOption):
                for name in param.formats:
                    tables.setdefault(f'Options of {name}', []).append(record)
            else:
                tables['Options'].append(record)
        for title, records in tables.items():
            with formatter.section(title):
                formatter.write_dl(records)

    def invoke(self, ctx: click.Context) -> Any:
        """Refuse options of other formats, and run the command."""
        chosen = ctx.params['format']
        for param in self.get_params(ctx):
            if not isinstance(param, FormatOption) or chosen in param.formats:
                continue
            if (
                ctx.get_parameter_source(param.name or '')
                is ParameterSource.COMMANDLINE
            ):
                raise click.UsageError(
                    f'{param.opts[0]} is an option of {", ".join(param.formats)}, not '
                    f'of {chosen}.',
                    ctx,
                )
        return super().invoke(ctx)
