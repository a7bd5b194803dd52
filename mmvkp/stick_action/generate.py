"""Make StickAction, a small data set that only temporal order can solve.

Usage::

    python tools/dataset_converters/make_stick_action.py data/stick_action

writes ``videos/<class>/<split>_<index>.mp4`` with the lists ``train.txt``,
``val.txt`` and ``test.txt`` of MMAction2's `VideoDataset`, ``classes.txt``
and ``settings.json``; with ``--raw-frames`` also
``rawframes/<class>/<split>_<index>/img_00001.jpg`` ... with the lists of
`RawframeDataset`. A clip depends on the seed, its split and its number only,
so an interrupted run can be repeated and goes on where it stopped.

With ``--variant trimmed``, ``untrimmed`` or ``multi-label`` it writes data
sets for detection in the layouts of JHMDB, UCF101-24 and AVA; see
``stick_action_detection.py``.
"""

import argparse
import json
import os
import shutil
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

import numpy as np

from ..video.encoding import count_frames, write_raw_frames, write_text, write_video
from ..video.workers import work_through
from . import generate_tubes as detection
from .actions import REVERSAL_PAIRS, class_names, make_clip, order_blind_ceiling
from .tubes import VARIANTS

SPLITS = ('train', 'val', 'test')
# Clips per class and split, frame side in pixels, frames per video. A clip
# sampler is blind to the direction of time only if it treats both ends of
# the video alike: `UniformSample` does so with 2 k T + 1 frames (T: sampled
# frames), `SampleFrames` with clip_len=1 in test mode with any odd number.
SIZES = dict(
    tiny=dict(train=4, val=2, test=2, frame_size=64, num_frames=17),
    demo=dict(train=200, val=50, test=50, frame_size=64, num_frames=17),
    bench=dict(train=600, val=100, test=100, frame_size=80, num_frames=33),
)
# Arguments: whole numbers (those without a default come from the size) with
# the ranges of those that have one, and switches.
NUMBERS = {
    'train': 'training clips, a multiple of the number of classes',
    'val': 'validation clips, likewise; not for detection',
    'test': 'test clips, likewise',
    'frame-size': 'side of the square frames in pixels',
    'num-frames': 'frames per video, in detection at most',
    'seed': 'other seeds give other clips',
    'workers': 'processes',
}
DEFAULTS = {'seed': 0, 'workers': os.cpu_count() or 1}
RANGES = {
    'frame-size': range(32, 513, 2),
    'num-frames': range(8, 513),
    'seed': range(2**32),
    'workers': range(1, 257),
}
SWITCHES = {
    'speed-pair': 'add two classes that differ in speed only',
    'raw-frames': 'write JPEG frames as well',
    'overwrite': 'replace a StickAction that is in the folder',
}
FORMAT_VERSION = 1
# Settings of a run that has not ended; the name it gets at the end.
UNFINISHED, FINISHED = 'settings.unfinished.json', 'settings.json'
FOLDERS = ('videos', 'rawframes', *detection.FOLDERS)


class Clip(NamedTuple):
    """One video: number of its split in `SPLITS`, number in the split, label,
    and path ``<class>/<split>_<index>`` without folder and suffix."""

    split: int
    index: int
    label: int
    stem: str


def parse_args(argv: Optional[Sequence[str]]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description='Make the synthetic data set StickAction.'
    )
    parser.add_argument('out', type=Path, help='folder of the data set')
    parser.add_argument('--size', choices=sorted(SIZES), default='demo', help='preset')
    parser.add_argument(
        '--variant',
        choices=('classification', *VARIANTS),
        default='classification',
        help='which task and layout (default: %(default)s)',
    )
    for name, text in NUMBERS.items():
        parser.add_argument(
            f'--{name}', type=int, default=DEFAULTS.get(name), help=text
        )
    for name, text in SWITCHES.items():
        parser.add_argument(f'--{name}', action='store_true', help=text)
    args = parser.parse_args(argv)
    try:
        args.settings = make_settings(args)
    except ValueError as error:
        parser.error(str(error))
    return args


def make_settings(args: argparse.Namespace) -> dict:
    """Preset and arguments as the settings that define the data set.

    Raises:
        ValueError: If a number is out of range, or a split cannot hold the
            same number of clips of each class.
    """
    speed_pair = args.speed_pair or args.variant == 'multi-label'
    names = class_names(speed_pair)
    preset = detection.SIZES.get(args.variant, SIZES)[args.size]
    settings = dict(
        generator='StickAction',
        version=FORMAT_VERSION,
        seed=args.seed,
        speed_pair=speed_pair,
        raw_frames=args.raw_frames,
        classes=list(names),
        reversal_pairs=[list(pair) for pair in REVERSAL_PAIRS],
    )
    for key in ('frame_size', 'num_frames'):
        given = getattr(args, key)
        settings[key] = preset[key] if given is None else given
    for name, allowed in RANGES.items():
        key = name.replace('-', '_')
        value = settings.get(key, getattr(args, key))
        if value not in allowed:
            raise ValueError(
                f'--{name} {value} must be a number from {allowed[0]} to '
                f'{allowed[-1]} in steps of {allowed.step}.'
            )
    if args.variant != 'classification':
        settings['variant'] = args.variant
        detection.check_settings(settings)
    for split in SPLITS:
        given = getattr(args, split)
        if split not in preset:
            if given is not None:
                raise ValueError(
                    f'--{split} {given}: the variant '
                    f'{args.variant} is split into train and '
                    'test only.'
                )
            continue
        clips = preset[split] * len(names) if given is None else given
        if clips < 1 or clips % len(names):
            low = max(1, clips // len(names)) * len(names)
            raise ValueError(
                f'--{split} {clips} must be a positive multiple of the '
                f'{len(names)} classes, so that each has as many clips; the '
                f'nearest are {low} and {low + len(names)}.'
            )
        settings[split] = clips
    if args.variant != 'multi-label':
        labels = [clip.label for clip in all_clips(settings)]
        settings['order_blind_ceiling'] = order_blind_ceiling(labels, REVERSAL_PAIRS)
    return settings


def all_clips(settings: dict) -> List[Clip]:
    """Every clip of the data set; the classes take turns, which makes each
    split balanced."""
    names = settings['classes']
    return [
        Clip(number, i, i % len(names), f'{names[i % len(names)]}/{split}_{i:05d}')
        for number, split in enumerate(SPLITS)
        for i in range(settings.get(split, 0))
    ]


def make_one(clip: Clip, out: Path, settings: dict) -> Any:
    """Make what is missing of one clip; returns what the lists need of it."""
    if 'variant' in settings:
        seed = [settings['seed'], clip.split, clip.index]
        return detection.make_one(
            seed + [1 + VARIANTS.index(settings['variant'])],
            settings['classes'][clip.label],
            clip.stem,
            out,
            settings,
        )
    count = settings['num_frames']
    video = out / f'videos/{clip.stem}.mp4'
    folder = out / f'rawframes/{clip.stem}'
    need_video = count_frames(video) != count
    need_frames = (
        settings['raw_frames'] and len(list(folder.glob('img_*.jpg'))) != count
    )
    if need_video or need_frames:
        rng = np.random.default_rng([settings['seed'], clip.split, clip.index])
        frames, _ = make_clip(
            settings['classes'][clip.label], count, (settings['frame_size'],) * 2, rng
        )
    if need_video:
        write_video(video, frames)
    if need_frames:
        write_raw_frames(folder, frames)
    return None


def make_lists(settings: dict) -> Dict[str, str]:
    """Text of every list of the data set by file name."""
    count, clips = settings['num_frames'], all_clips(settings)
    lists = {'classes.txt': ''.join(f'{c}\n' for c in settings['classes'])}
    for number, split in enumerate(SPLITS):
        part = [clip for clip in clips if clip.split == number]
        lists[f'{split}.txt'] = ''.join(
            f'{clip.stem}.mp4 {clip.label}\n' for clip in part
        )
        if settings['raw_frames']:
            lists[f'{split}_rawframes.txt'] = ''.join(
                f'{clip.stem} {count} {clip.label}\n' for clip in part
            )
    return lists


def list_names(settings: dict) -> List[str]:
    """Names of the lists and tables of the data set."""
    if 'variant' in settings:
        return detection.file_names(settings)
    return list(make_lists(settings))


def clip_paths(clip: Clip, settings: dict) -> List[str]:
    """Files and folders of one clip below the folder of the data set."""
    if 'variant' in settings:
        return detection.clip_paths(clip.stem, settings)
    frames = [f'rawframes/{clip.stem}'] * settings['raw_frames']
    return [f'videos/{clip.stem}.mp4', *frames]


def clear(out: Path) -> None:
    """Remove what this tool writes, and nothing else."""
    write_text(out / UNFINISHED, '{"generator": "StickAction"}\n')
    lists = [f'{s}{end}.txt' for s in SPLITS for end in ('', '_rawframes')]
    for name in (FINISHED, 'classes.txt', *lists, *detection.FILES):
        (out / name).unlink(missing_ok=True)
    for name in FOLDERS:
        shutil.rmtree(out / name, ignore_errors=True)


def read_settings(out: Path) -> Optional[dict]:
    """Settings of the StickAction in a folder, None for an empty folder.

    Raises:
        ValueError: If the folder holds something else.
    """
    for name in (UNFINISHED, FINISHED):
        try:
            stored = json.loads((out / name).read_text(encoding='utf-8'))
            if stored['generator'] == 'StickAction':
                return stored
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (ValueError, KeyError, TypeError):
            break
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ValueError(
            f'{out} is not empty and holds no StickAction; give a new or empty folder.'
        )
    return None


def is_complete(out: Path, settings: dict) -> bool:
    """Whether a finished run is in the folder and nothing of it is gone."""
    names = [FINISHED, *list_names(settings)]
    for clip in all_clips(settings):
        names += clip_paths(clip, settings)
    return not (out / UNFINISHED).exists() and all(
        (out / name).exists() for name in names
    )


def prepare(out: Path, settings: dict, overwrite: bool) -> bool:
    """Make the folder ready for a run.

    Returns:
        bool: False where the data set is complete already.

    Raises:
        ValueError: If the folder holds a StickAction with other settings, or
            something else.
    """
    stored = read_settings(out)
    if stored is not None:
        changed = sorted(
            key
            for key in stored.keys() | settings.keys()
            if stored.get(key) != settings.get(key)
        )
        begun = len(stored) > 1  # else an overwriting run was interrupted
        if begun and changed and not overwrite:
            differences = '; '.join(
                f'{key}: {stored.get(key)} there, {settings.get(key)} asked'
                for key in changed
            )
            raise ValueError(
                f'{out} holds a StickAction with other settings '
                f'({differences}). Give another folder, or --overwrite.'
            )
        if overwrite or not begun:
            clear(out)
        elif is_complete(out, settings):
            return False
    for clip in all_clips(settings):
        for name in clip_paths(clip, settings):
            (out / name).parent.mkdir(parents=True, exist_ok=True)
    write_text(out / UNFINISHED, json.dumps(settings, indent=2) + '\n')
    for name in (FINISHED, *list_names(settings)):
        (out / name).unlink(missing_ok=True)
    return True


def generate(out: Path, settings: dict, workers: int) -> List:
    """Make every clip that is not there yet, and show the progress; returns
    what `make_one` returned."""
    work = partial(make_one, out=out, settings=settings)
    return work_through(work, all_clips(settings), workers)


def finish(out: Path, settings: dict, records: List) -> None:
    """Write the lists, and last of all the settings that close the run."""
    for kind in FOLDERS:
        for rest in list((out / kind).rglob('.*.tmp*')):
            shutil.rmtree(rest) if rest.is_dir() else rest.unlink()
    if 'variant' in settings:
        detection.write_tables(out, settings, all_clips(settings), records, SPLITS)
    else:
        for name, text in make_lists(settings).items():
            write_text(out / name, text)
    os.replace(out / UNFINISHED, out / FINISHED)


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run the command line; returns the exit status."""
    args = parse_args(argv)
    settings, start = args.settings, time.time()
    try:
        if prepare(args.out, settings, args.overwrite):
            records = generate(args.out, settings, args.workers)
            finish(args.out, settings, records)
            print(f'{args.out}: made in {time.time() - start:.1f} s')
        else:
            print(f'{args.out}: already complete')
    except (ValueError, OSError) as error:
        print(f'make_stick_action.py: error: {error}', file=sys.stderr)
        return 2 if isinstance(error, ValueError) else 1
    except BrokenProcessPool:
        print(
            'make_stick_action.py: error: a worker was killed (memory?); the '
            'same command goes on from here, with --workers 1 if need be',
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print('\ninterrupted; the same command goes on from here', file=sys.stderr)
        return 130
    classes = len(settings['classes'])
    for split in filter(settings.get, SPLITS):
        print(
            f'{split}: {settings[split]} clips, '
            f'{settings[split] // classes} of each of {classes} classes'
        )
    if 'order_blind_ceiling' in settings:
        print(f'order-blind ceiling: {100 * settings["order_blind_ceiling"]:.1f} %')
    return 0


if __name__ == '__main__':
    sys.exit(main())
