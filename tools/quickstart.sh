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

Sets up the environment, makes the synthetic data set StickAction as encoded
video files, trains and tests a small R3D without and with KPSEM by MMAction2's
own tools, and writes to work_dirs/quickstart:

  table.md               top-1 and pair accuracy, parameters, MACs, seconds per
                         clip, beside the ceiling of whatever is blind to the
                         order of frames
  key_point_shifts.png   key points of a test video and where they go
  stick_action/          the data set
  MODEL_seedN/           logs and checkpoints

  --seeds N [N ...]   Train every model with each of these seeds (default: 0).
  --control           Also train KPSEM on clips with shuffled frames.
  --light             Set up without a compiler (see tools/setup_env.sh).
  --active            Use the active Python environment instead of .venv.
  -h, --help          This text.

What is finished is not done again; remove work_dirs/quickstart to start over.
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

step() { printf '\n== %s (%d s)\n' "$*" "$SECONDS"; }

run_dir() { echo "$OUT/$1_seed$2"; } # MODEL SEED

# Train and test one model; a line of progress every 50 iterations.
run_model() { # MODEL SEED
  local config="$CONFIGS/$1_$RECIPE.py" dir log status=0
  dir="$(run_dir "$1" "$2")" log="$dir/run.log"
  [[ ! -e "$dir/tested" ]] || return 0
  mkdir -p "$dir"
  {
    "$PY" tools/train.py "$config" --work-dir "$dir" --seed "$2" --resume &&
      "$PY" tools/test.py "$config" "$dir/epoch_6.pth" --work-dir "$dir"
  } 2>&1 | tee -a "$log" |
    sed -un "s/^.*INFO - Epoch(train) *\(.*\)data_time.*  \(loss: [0-9.]*\) .*/$1 seed $2: \1\2/p" ||
    status=$?
  ((status == 0)) || {
    tail -n 15 "$log" >&2
    echo "quickstart.sh: $1 with seed $2 failed; the whole log is in $log" >&2
    return "$status"
  }
  touch "$dir/tested"
}

# Two runs at a time with half of the cores each: small convolutions gain
# little from more threads.
run_all() {
  local pids=() model seed cores
  cores="$("$PY" -c 'import os; print(os.cpu_count() or 2)')"
  export OMP_NUM_THREADS=$((cores > 3 ? cores / 2 : 1))
  for seed in "${SEEDS[@]}"; do
    for model in "${MODELS[@]}"; do
      run_model "$model" "$seed" &
      pids+=("$!")
      if ((${#pids[@]} == 2)); then
        wait_for "${pids[@]}" && pids=()
      fi
    done
  done
  ((${#pids[@]} == 0)) || wait_for "${pids[@]}"
  unset OMP_NUM_THREADS
}

wait_for() {
  local pid failed=0
  for pid in "$@"; do wait "$pid" || failed=1; done
  ((failed == 0)) || exit 1
}

report() {
  local rows=() model seed names=('R3D' 'R3D + KPSEM' 'R3D + KPSEM, shuffled') i
  for i in "${!MODELS[@]}"; do
    model="${MODELS[$i]}"
    rows+=(--row "${names[$i]}" "$CONFIGS/${model}_$RECIPE.py")
    for seed in "${SEEDS[@]}"; do rows+=("$(run_dir "$model" "$seed")"); done
  done
  "$PY" -W ignore tools/analysis_tools/compare_runs.py "${rows[@]}" \
    --out "$OUT/table.md" >>"$OUT/report.log" 2>&1 || die "no table; see $OUT/report.log"
  cat "$OUT/table.md"
  "$PY" -W ignore tools/visualizations/vis_key_point_shifts.py \
    "$OUT/stick_action/videos/arms-raise/test_00000.mp4" \
    "$CONFIGS/kpsem_$RECIPE.py" \
    "$(run_dir kpsem "${SEEDS[0]}")/epoch_6.pth" \
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
  "$PY" -W ignore tools/dataset_converters/make_stick_action.py \
    "$MMVKP_STICK_ACTION" --size demo
  step "training and testing of ${MODELS[*]}, seeds ${SEEDS[*]}"
  run_all
  step 'table and picture'
  report
  step "done: see $OUT/table.md and $OUT/key_point_shifts.png"
}

main "$@"
