"""Draws all figures of `docs/figures` again, with the shipped weights.

    python docs/draw_figures.py [--work FOLDER] [--out FOLDER]

`COMMANDS` are run in the work folder: they make the videos and draw each method's
picture. The pictures are stored as JPEG, and parts of four of them are joined to the
strip of the front page.
"""

import argparse
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from mmvkp.video.text import put_text  # noqa: E402

RISE = 'data/stick_action/videos/rise/test_00003.mp4'
PUSH = 'data/stick_tubes/Frames/push/test_00010'
COMMANDS = f"""
mmvkp data stick-action data/stick_action --size tiny
mmvkp data stick-action data/stick_tubes --size tiny --variant untrimmed
mmvkp draw key-points {RISE} kpsem-stick mmvkp://kpsem-stick --channel 0 --out kpsem.png
mmvkp draw frame-selection {RISE} afnet-stick mmvkp://afnet-stick --out afnet.png
mmvkp draw action-keypoints {RISE} aknet-stick mmvkp://aknet-stick --out aknet.png
mmvkp predict {PUSH} --model point3d-stick --json tubes.json
mmvkp draw tubes {PUSH} --video-id test_00010 --tubes tubes.json --num-frames 6
    --out point3d.png
mmvkp draw tubes {PUSH} --video-id push/test_00010 --tubes tubes.json --plot space-time
    --ann data/stick_tubes/StickAction-GT.pkl --out point3d_tubes.png
"""
WIDTH = 1040  # largest width of a picture
# A row of the strip: its text, picture, the height above its frames, and the frames.
TIMES = (0, 2, 3, 4, 5, 7)
ROWS = (
    ('KPSEM: key points of four regions, and their moves', 'kpsem', 22, TIMES),
    ('AFNet: frames that the wide branch skips', 'afnet', 22, TIMES),
    ('AK-Net: the best 30 % of the cells of all frames', 'aknet', 22, TIMES),
    ('Point3D: people with ids, actions and joints', 'point3d', 0, range(6)),
)
FRAME, GAP, TITLE = 256, 4, 30  # pixels, as drawn by the commands


def commands() -> list[list[str]]:
    """Words of each command; lines that are indented continue the one above."""
    lines = COMMANDS.strip().replace('\n    ', ' ').splitlines()
    return [shlex.split(line) for line in lines]


def strip(pictures: dict[str, np.ndarray]) -> np.ndarray:
    """Join frames of the pictures to a strip with one row for each method.

    Args:
        pictures (dict[str, np.ndarray]): Picture of each name in `ROWS`.

    Shape:
        - pictures: (height, width, 3), uint8, RGB.
        - returns: (4 * 286, 6 * 260 - 4, 3), uint8, RGB.
    """
    rows = []
    for text, name, above, chosen in ROWS:
        title = np.full((TITLE, len(chosen) * (FRAME + GAP) - GAP, 3), 255, np.uint8)
        put_text(title, text, (4, 6), 18, (0, 0, 0))
        frames = np.full((FRAME, title.shape[1], 3), 255, np.uint8)
        for column, index in enumerate(chosen):
            left = index * (FRAME + GAP)
            frame = pictures[name][above : above + FRAME, left : left + FRAME]
            frames[:, column * (FRAME + GAP) :][:, :FRAME] = frame
        rows += [title, frames]
    return np.concatenate(rows)


def save(picture: np.ndarray, path: Path, width: int) -> None:
    """Store a picture as JPEG, at most `width` pixels wide."""
    image = Image.fromarray(picture)
    scale = min(1, width / image.width)
    image.resize((round(image.width * scale), round(image.height * scale))).save(
        path, quality=88
    )


def main() -> None:
    """Run the commands, then write the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--work', default='work_dirs/figures', help='work folder')
    parser.add_argument('--out', default=str(ROOT / 'docs/figures'))
    given = parser.parse_args()
    work, out = Path(given.work), Path(given.out)
    work.mkdir(parents=True, exist_ok=True)
    for _, *words in commands():
        subprocess.run(
            [sys.executable, str(ROOT / 'mmvkp_cli.py'), *words], cwd=work, check=True
        )
    pictures = {
        path.stem: np.asarray(Image.open(path).convert('RGB'))
        for path in work.glob('*.png')
    }
    save(strip(pictures), out / 'methods.jpg', 1172)
    # Small symbols: the first four frames only.
    pictures['kpsem'] = pictures['kpsem'][:, : 4 * (FRAME + GAP) - GAP]
    for name, picture in pictures.items():
        save(picture, out / f'{name}.jpg', WIDTH)


if __name__ == '__main__':
    main()
