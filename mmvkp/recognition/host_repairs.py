"""Faults of MMAction2's scripts: their repairs, and what the scripts need.

A repair replaces text of a script in memory. It retires by itself: if the text is
not there, because a release of MMAction2 has another one, the script runs unchanged.
"""

import importlib.util
import shutil
from pathlib import Path
from typing import Dict, List, NamedTuple, Sequence, Tuple

import torch


class HostToolError(ValueError):
    """A script of MMAction2 cannot work, or its needs are not installed."""


class Tool(NamedTuple):
    """A script with a fault or a need.

    Args:
        repairs (tuple[tuple[str, str], ...]): Text of the script and its
            replacement.
        programs (tuple[str, ...]): Programs that it starts. It goes on without
            them, and its outputs are missing.
        modules (tuple[str, ...]): Python packages that MMAction2 does not declare.
        unless (str): Option that makes the programs unnecessary.
        fault (tuple[str, str], optional): Text of the script that shows a fault that
            cannot be repaired, and the fault with the alternative.
    """

    repairs: Tuple[Tuple[str, str], ...] = ()
    programs: Tuple[str, ...] = ()
    modules: Tuple[str, ...] = ()
    unless: str = ''
    fault: Tuple[str, str] = ('', '')


_OLD_API = 'is written for MMAction2 0.x and mmcv 1.x, whose functions are gone; '
_SPEED = Tool(
    fault=('from mmcv import Config', f'{_OLD_API}use `mmvkp benchmark speed`.')
)
_CONFIG = Tool(
    fault=(
        'dataset_type =',
        'is a config of MMAction2 0.x, not a tool; extract features with `mmvkp host '
        'clip_feature_extraction`.',
    )
)
_DOWNLOAD = Tool(programs=('youtube-dl',), modules=('joblib',))
_FFMPEG = Tool(programs=('ffmpeg',))
# By the path in `tools`, without `.py`.
TOOLS: Dict[str, Tool] = {
    'analysis_tools/analyze_logs': Tool(
        # MMEngine's logs have no key `mode`, count iterations over all epochs, and
        # have a single line for a short epoch.
        repairs=(
            (
                "if log_dict[epoch]['mode'][-1] == 'val':",
                "if log_dict[epoch]['mode'][-1:] == ['val']:",
            ),
            (
                '+ (epoch - 1) * num_iters_per_epoch',
                "+ (epoch - 1) * num_iters_per_epoch * bool(log_dict[epoch]['mode'])",
            ),
            (
                "all_times.append(log_dict[epoch]['time'][1:])",
                "all_times.append(log_dict[epoch]['time'][1:] "
                "or log_dict[epoch]['time'])",
            ),
            # Epochs may have different numbers of lines.
            ('all_times = np.array(all_times)', ''),
            (
                'epoch_ave_time = all_times.mean(-1)',
                'epoch_ave_time = np.array([np.mean(each) for each in all_times])',
            ),
            ('np.mean(all_times)', 'np.mean(sum(all_times, []))'),
        ),
        modules=('seaborn',),
    ),
    'analysis_tools/bench_processing': _SPEED,
    'analysis_tools/benchmark': _SPEED,
    'convert/convert_recognizer': Tool(
        fault=(
            'cfg.optimizer_wrapper = optimizer_wrapper',
            'reads configs of MMAction2 0.x and writes keys that MMAction2 1.x does '
            'not read, such as optimizer_wrapper; start from a recipe instead: '
            '`mmvkp list NAME --copy my_config.py`.',
        )
    ),
    'data/activitynet/download': _DOWNLOAD,
    'data/activitynet/tsn_extract_flow_feat_config': _CONFIG,
    'data/activitynet/tsn_extract_rgb_feat_config': _CONFIG,
    'data/activitynet/tsn_extract_video_feat_config': _CONFIG,
    'data/ava/download_videos_parallel': Tool(programs=('wget',), modules=('joblib',)),
    'data/ava_kinetics/X-101-64x4d-FPN': Tool(
        fault=('model = dict(', 'is the config of a detector, not a tool.')
    ),
    'data/ava_kinetics/cut_kinetics': _FFMPEG,
    'data/ava_kinetics/extract_rgb_frames': _FFMPEG,
    'data/ava_kinetics/fetch_proposal': Tool(modules=('mmdet',)),
    'data/build_audio_features': Tool(modules=('librosa', 'lws')),
    'data/build_rawframes': Tool(programs=('denseflow',), unless='--use-opencv'),
    'data/build_videos': _FFMPEG,
    'data/denormalize_proposal_file': Tool(
        fault=(
            'from mmaction.localization import',
            f'{_OLD_API}mmvkp has no alternative for proposal files.',
        )
    ),
    'data/extract_audio': _FFMPEG,
    'data/gym/download': _DOWNLOAD,
    'data/gym/trim_event': _FFMPEG,
    'data/gym/trim_subaction': _FFMPEG,
    'data/hacs/slowonly_feature_infer': Tool(
        fault=(
            'model = dict(',
            'is a config, not a tool; give its path to `mmvkp test`.',
        )
    ),
    'data/hacs/write_feature_csv': Tool(
        # Results of MMAction2 1.2 have another key.
        repairs=(("feature['pred_scores']['item']", "feature['pred_score']"),)
    ),
    'data/hvu/download': Tool(programs=('youtube-dl', 'ffmpeg'), modules=('joblib',)),
    'data/kinetics/download': Tool(
        programs=('youtube-dl', 'ffmpeg'), modules=('joblib',)
    ),
    'data/msrvtt/compress': Tool(programs=('ffmpeg',), modules=('psutil', 'tqdm')),
    'data/multisports/format_det_result': Tool(
        # argparse does not turn the hyphen of a positional argument into `_`.
        repairs=(("'test-result', help", "'test_result', help"),)
    ),
    'data/omnisource/trim_raw_video': _FFMPEG,
    'data/parse_file_list': Tool(
        fault=(
            'def parse_directory(',
            'has only functions for `build_file_list`; run that one.',
        )
    ),
    'data/resize_videos': Tool(programs=('ffmpeg', 'ffprobe')),
    'data/skeleton/babel2mma2': Tool(
        # mmcv 2.x has no functions for files.
        repairs=(('from mmcv import dump, load', 'from mmengine import dump, load'),)
    ),
    'data/skeleton/compress_nturgbd': Tool(programs=('ffmpeg', 'ffprobe')),
    'data/skeleton/ntu_pose_extraction': Tool(modules=('mmdet', 'mmpose')),
    'deployment/export_onnx_gcn': Tool(modules=('onnxruntime',)),
    'deployment/export_onnx_posec3d': Tool(modules=('onnxruntime',)),
    'deployment/export_onnx_stdet': Tool(
        # Since torch 2.9 the default exporter fails for the operators of mmcv.
        repairs=(('opset_version=11', 'dynamo=False, opset_version=11'),)
        if tuple(map(int, torch.__version__.split('.')[:2])) >= (2, 9)
        else (),
        modules=('onnxruntime', 'mmdet'),
    ),
    'deployment/mmaction2torchserve': Tool(modules=('model_archiver',)),
    'deployment/mmaction_handler': Tool(
        fault=(
            'class MMActionHandler',
            'is a module for TorchServe; `mmvkp host mmaction2torchserve` packs it.',
        )
    ),
    'misc/clip_feature_extraction': Tool(
        # Results of MMAction2 1.2 have another key.
        repairs=(("sample['pred_scores']['item']", "sample['pred_score']"),)
    ),
    'visualizations/browse_dataset': Tool(
        # With a single transform of frames both are the same list, and the borders
        # of the second drawing are added to the first.
        repairs=(
            (
                "trans_video = intermediate_imgs[-1]['imgs']",
                "trans_video = list(intermediate_imgs[-1]['imgs'])",
            ),
        )
    ),
    'visualizations/vis_scheduler': Tool(
        # Hooks of a training read the model and the data, which the tool replaces.
        repairs=(("cfg.get('custom_hooks', None)", 'None'),)
    ),
}


def repaired_source(path: Path, name: str, args: Sequence[str]) -> str:
    """Source of a script with its repairs.

    Args:
        path (Path): The script.
        name (str): Its path in `tools` without `.py`.
        args (Sequence[str]): Its command line.

    Raises:
        HostToolError: If the script cannot work: the fault and the alternative, or the
            missing programs and packages.
    """
    source, tool = path.read_text(encoding='utf-8'), TOOLS.get(name, Tool())
    marker, problem = tool.fault
    if marker and marker in source:
        raise HostToolError(f'{name} {problem}')
    missing = missing_needs(tool, args)
    if missing and not {'-h', '--help'} & set(args):
        raise HostToolError(f'{name} needs {" and ".join(missing)}; install this.')
    for old, new in tool.repairs:
        source = source.replace(old, new)
    return source


def missing_needs(tool: Tool, args: Sequence[str] = ()) -> List[str]:
    """Programs and packages that a script needs and that are not installed.

    Args:
        tool (Tool): The script.
        args (Sequence[str]): Its command line.
    """
    needed = () if tool.unless and tool.unless in args else tool.programs
    return [
        *(f'the program {each}' for each in needed if not shutil.which(each)),
        *(
            f'the Python package {each}'
            for each in tool.modules
            if importlib.util.find_spec(each) is None
        ),
    ]
