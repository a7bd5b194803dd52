#!/usr/bin/env bash
# From a bare machine to a trained, tested and drawn recognizer; `--help`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

OUT=work_dirs/quickstart
CONFIGS=configs/recognition/kpsem
RECIPE=r3d10_1xb16-u8-6e_stick-action-rgb
SEEDS=(0)
MODELS=(r3d kpsem)
SETUP=()

usage() {
  cat <<'TEXT'
Usage: bash tools/quickstart.sh [options]

Sets up the environment, makes the synthetic data set StickAction as video files,
trains and tests a small R3D without and with KPSEM, and writes to
work_dirs/quickstart:

  table.md               top-1 and pair accuracy, parameters, MACs, seconds per
                         clip, and the best accuracy of a model that ignores
                         frame order
  key_point_shifts.png   key points of a test video and their shifts
  stick_action/          the data set
  MODEL_seedN/           logs, checkpoints and scores of the test

  --seeds N [N ...]   Train every model with each of these seeds (default: 0).
  --control           Also train KPSEM on clips with shuffled frames.
  --light             Set up without a compiler (see tools/setup_env.sh).
  --active            Use the active Python environment instead of .venv.
  -h, --help          This text.

Finished steps are skipped; remove work_dirs/quickstart to start over.
TEXT
}

die() {
  echo "quickstart.sh: $*" >&2
  exit 1
}

parse_args() {
  while (($#)); do
    case "$1" in
      --seeds)
        SEEDS=()
        while (($# > 1)) && [[ "$2" =~ ^[0-9]+$ ]]; do
          SEEDS+=("$2") && shift
        done
        ((${#SEEDS[@]})) || die '--seeds needs whole numbers, e.g. --seeds 0 1 2'
        ;;
      --control) MODELS=(r3d kpsem kpsem-shuffled) ;;
      --light | --active) SETUP+=("$1") ;;
      -h | --help) usage && exit 0 ;;
      *) die "unknown option '$1'; allowed: --seeds --control --light --active --help" ;;
    esac
    shift
  done
}

mmvkp() { "$PY" -W ignore -m mmvkp "$@"; }

step() { printf '\n== %s (%d s)\n' "$*" "$SECONDS"; }

# Train and test every model with every seed and put them into a table.
run_all() {
  local rows=() seeds=() model seed
  declare -A names=([r3d]='R3D' [kpsem]='R3D + KPSEM' [kpsem-shuffled]='R3D + KPSEM, shuffled')
  for model in "${MODELS[@]}"; do
    rows+=("${names[$model]}=$CONFIGS/${model}_$RECIPE.py")
  done
  for seed in "${SEEDS[@]}"; do
    seeds+=(--seed "$seed")
  done
  mmvkp benchmark learning "${rows[@]}" "${seeds[@]}" --out "$OUT" \
    2>"$OUT/error.log" || {
    cat "$OUT/error.log" >&2
    die 'training or testing failed'
  }
}

draw() {
  mmvkp draw key-points \
    "$OUT/stick_action/videos/arms-raise/test_00000.mp4" \
    "$CONFIGS/kpsem_$RECIPE.py" \
    "$OUT/r3d-kpsem_seed${SEEDS[0]}/epoch_6.pth" \
    --out "$OUT/key_point_shifts.png" >>"$OUT/report.log" 2>&1 || die "no picture; see $OUT/report.log"
}

main() {
  parse_args "$@"
  step 'environment'
  bash tools/setup_env.sh ${SETUP[@]+"${SETUP[@]}"}
  PY="$PWD/.venv/bin/python"
  [[ " ${SETUP[*]-} " != *' --active '* ]] || PY="$(command -v python || command -v python3)"
  mkdir -p "$OUT"
  export MMVKP_STICK_ACTION="$OUT/stick_action"
  step 'data set'
  mmvkp data stick-action "$MMVKP_STICK_ACTION" --size demo
  step "training and testing of ${MODELS[*]}, seeds ${SEEDS[*]}"
  run_all
  step 'picture'
  draw
  step "done: see $OUT/table.md and $OUT/key_point_shifts.png"
}

main "$@"
