#!/usr/bin/env bash
# Set up everything that mmvkp needs; `--help` lists the options.
# The tests source this file, which only defines the functions.
set -euo pipefail

CPU_INDEX=https://download.pytorch.org/whl/cpu
MMCV_INDEX=https://download.openmmlab.com/mmcv/dist
OLDEST_PYTHON=10 NEWEST_PYTHON=12 # 3.x; reasons in setup.py

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
CACHE="${MMVKP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mmvkp}"
MODE='' ACTIVE=0 BASE_PYTHON='' PY='' ENV_DIR='' STAMP='' LOG=/dev/null SCRATCH=''

# shellcheck source=tools/setup_helpers.sh
source "$ROOT/tools/setup_helpers.sh"
# shellcheck source=tools/mmcv_wheel.sh
source "$ROOT/tools/mmcv_wheel.sh"

usage() {
  cat <<'TEXT'
Usage: bash tools/setup_env.sh [options]

Creates the environment .venv in the checkout and installs PyTorch, the OpenMMLab
stack with the compiled operators of mmcv, MMDetection, the test tools and
mmvkp itself (editable). An interrupted run is continued by the same command; a
finished environment is checked in seconds.

  --light        mmcv-lite instead of the compiled mmcv, and no MMDetection:
                 no compiler, one minute instead of ten. Sufficient for KPSEM,
                 AFNet and AK-Net; Point3D needs the full set.
  --full         The full set. Default: the set of an existing environment,
                 the full set for a new one.
  --active       Use the active `python` instead of creating .venv. An installed
                 torch (2.1 or newer) is not changed.
  --python PATH  Interpreter for .venv (Python 3.10 to 3.12).
  -h, --help     Show this text.

Environment variables:
  MMVKP_CACHE         Folder for compiled mmcv wheels and logs
                      (default: ~/.cache/mmvkp, or in XDG_CACHE_HOME).
  MMVKP_MIN_DISK_GB   Required free disk space in GB.
  MAX_JOBS            Files compiled in parallel (default: by cores and memory).
  FORCE_CUDA=0        Always compile mmcv without CUDA operators.
TEXT
}

parse_args() {
  while (($#)); do
    case "$1" in
      --light | --full) MODE="${1#--}" ;;
      --active) ACTIVE=1 ;;
      --python)
        (($# > 1)) || die '--python needs the path of an interpreter'
        BASE_PYTHON="$2" && shift
        ;;
      -h | --help) usage && exit 0 ;;
      *) die "unknown option '$1'; allowed: --light --full --active --python PATH --help" ;;
    esac
    shift
  done
  [[ "$ACTIVE" == 0 || -z "$BASE_PYTHON" ]] ||
    die '--active and --python exclude each other; --active uses the python on PATH'
}

# --- interpreter and environment --------------------------------------------

minor_version() { # minor version of a Python 3, empty for anything else
  "$1" -c 'import sys; print(sys.version_info[1] if sys.version_info[0] == 3 else "")' 2>/dev/null || true
}

is_supported() {
  local minor
  minor="$(minor_version "$1")"
  [[ -n "$minor" ]] && ((minor >= OLDEST_PYTHON && minor <= NEWEST_PYTHON))
}

choose_python() {
  local candidates=("$BASE_PYTHON") name
  if [[ "$ACTIVE" == 1 ]]; then
    candidates=(python python3)
  elif [[ -z "$BASE_PYTHON" ]]; then
    candidates=(python3)
    for ((name = NEWEST_PYTHON; name >= OLDEST_PYTHON; name--)); do candidates+=("python3.$name"); done
  fi
  for name in "${candidates[@]}"; do
    if is_supported "$name"; then
      BASE_PYTHON="$name" && return
    fi
  done
  die "no usable Python: $(describe_pythons "${candidates[@]}"); needed is 3.$OLDEST_PYTHON to 3.$NEWEST_PYTHON." \
    "Install one, or give its path with --python PATH"
}

describe_pythons() {
  local name text=''
  for name in "$@"; do
    command -v "$name" >/dev/null || continue
    text+="$name is $("$name" --version 2>&1 | tail -n 1), "
  done
  text="${text%, }"
  printf '%s' "${text:-none of $* exists}"
}

env_is_sound() { # false for the incomplete environment of an interrupted run
  "$PY" -c 'import pip, importlib.util as u
if u.find_spec("torch"): import torch; torch.zeros(1)' >/dev/null 2>&1
}

make_env() {
  if [[ "$ACTIVE" == 0 ]] && ! env_is_sound; then
    [[ ! -e "$ROOT/.venv" ]] || note '.venv is incomplete: creating it again'
    run_logged '' "$BASE_PYTHON" -m venv --clear "$ROOT/.venv" ||
      die_from_log "could not create $ROOT/.venv"
  fi
}

# --- checks before the installation -------------------------------------

check_python_parts() {
  "$BASE_PYTHON" -c 'import venv, ensurepip' 2>/dev/null || [[ "$ACTIVE" == 1 ]] ||
    die "$BASE_PYTHON cannot create environments (no venv or ensurepip module); install it (Debian, Ubuntu: apt install python3-venv)"
  [[ "$ACTIVE" == 0 ]] || "$PY" -m pip --version >/dev/null 2>&1 ||
    die "the active $PY has no pip; install it (python -m ensurepip), or omit --active"
}

check_disk() {
  # Measured: 2.0 GB for the CPU set, 0.3 GB while mmcv compiles. The CUDA
  # packages of torch take 5 to 7 GB more.
  local needed="${MMVKP_MIN_DISK_GB:-3}" place free
  [[ -n "${MMVKP_MIN_DISK_GB:-}" ]] || ! has_gpu || [[ -n "$(installed torch)" ]] || needed=10
  [[ "$needed" =~ ^[0-9]+$ ]] || die "MMVKP_MIN_DISK_GB='$needed' is not a whole number of gigabytes"
  for place in "$ROOT" "$CACHE"; do
    [[ -w "$place" ]] || die "no permission to write to $place"
    free="$(($(df -Pk "$place" | awk 'NR == 2 {print $4}') / 1048576))"
    ((free >= needed)) ||
      die "too little disk space: $free GB free at $place, $needed GB needed; free some, or move the cache with MMVKP_CACHE"
  done
}

check_compiler() {
  [[ "$MODE" == full ]] || return 0
  local include
  if [[ -n "$(installed torch)" ]] && read_facts; then
    mmcv_fits || find_wheel >/dev/null && return 0
  elif compgen -G "$CACHE/wheels/$(python_tag)-torch$(pinned torch torch)*-mmcv$(pinned mminstall mmcv)-*/*.whl" >/dev/null; then
    return 0
  fi
  printf 'int main() { return 0; }' | "${CXX:-c++}" -std=c++17 -x c++ -fsyntax-only - 2>/dev/null ||
    die "no C++17 compiler ('${CXX:-c++}' does not work), but the operators of mmcv must be compiled;" \
      "install one (Debian, Ubuntu: apt install g++), or use --light"
  include="$("$BASE_PYTHON" -c 'import sysconfig; print(sysconfig.get_path("include"))')"
  [[ -f "$include/Python.h" ]] ||
    die "no Python.h in $include, but the operators of mmcv must be compiled; install it (Debian, Ubuntu: apt install python3-dev), or use --light"
}

check_network() { # uses pip, which respects mirrors and proxies
  run_logged '' "$PY" -m pip download --quiet --no-deps --retries 1 --timeout 10 \
    --disable-pip-version-check --dest "$SCRATCH/probe" wheel ||
    die "no network: pip cannot fetch the small package 'wheel'; check the connection, the proxy or 'pip config list' (log: $LOG)"
}

# --- state of the environment ------------------------------------

pinned() { sed -n "s/^$2==//p" "$ROOT/requirements/$1.txt"; }

installed() { # version of a package, empty if it is missing
  "$PY" -c 'import sys, importlib.metadata as m; print(m.version(sys.argv[1]))' "$1" 2>/dev/null || true
}

stamp_value() { # changes with everything that affects the installation
  cat "$ROOT"/requirements/*.txt "$ROOT"/{setup.py,pyproject.toml,mmvkp/version.py} \
    "$ROOT"/tools/{setup_env,setup_helpers,mmcv_wheel}.sh |
    "$PY" -c 'import hashlib, importlib.metadata as m, sys
parts = [sys.stdin.read(), sys.version, m.version("torch"), *sys.argv[1:]]
print(sys.argv[1], hashlib.sha256(repr(parts).encode()).hexdigest())' "$MODE" "$ROOT" 2>/dev/null || true
}

imports_work() {
  local modules=(torch cv2 decord mmcv)
  [[ "$MODE" == light ]] || modules+=(mmcv._ext)
  # In another folder, so that the installed mmvkp is imported.
  (cd / && "$PY" -W ignore -c 'import importlib, sys
for name in sys.argv[2:]: importlib.import_module(name)
import mmvkp
assert mmvkp.__file__.startswith(sys.argv[1]), f"mmvkp comes from {mmvkp.__file__}"' \
    "$ROOT/" "${modules[@]}") >>"$LOG" 2>&1
}

is_up_to_date() {
  [[ -f "$STAMP" && -e "$ROOT/mmvkp/.mim/tools" && "$(cat "$STAMP")" == "$(stamp_value)" ]] && imports_work
}

# --- the steps --------------------------------------------------------------

install_torch() {
  local version source=("torch==$(pinned torch torch)") name
  cat "$ROOT/requirements/build.txt" "$ROOT/requirements/runtime.txt" >"$SCRATCH/constraints.txt"
  version="$(installed torch)"
  if [[ -z "$version" ]]; then
    if ! has_gpu && answers "$CPU_INDEX/"; then
      source+=(--extra-index-url "$CPU_INDEX")
    fi
    step "PyTorch $(pinned torch torch)"
    pip_install -r "$ROOT/requirements/build.txt" 'numpy<2' "${source[@]}"
  else
    step "PyTorch $version is installed and not changed"
    [[ "$version" =~ ^(2\.[1-9]|[3-9]|[0-9]{2}|2\.[0-9]{2}) ]] ||
      die "torch $version in $ENV_DIR is too old: 2.1 is needed, and this script never replaces torch; upgrade it, or omit --active"
  fi
  for name in torch torchvision torchaudio; do
    version="$(installed "$name")"
    [[ -z "$version" ]] || echo "$name==$version" >>"$SCRATCH/constraints.txt"
  done
  pip_install -r "$ROOT/requirements/build.txt"
}

install_mmcv() {
  if [[ "$MODE" == light ]]; then
    step 'mmcv-lite, nothing to compile'
    [[ -n "$(installed mmcv)" ]] || pip_install "mmcv-lite==$(pinned mminstall mmcv)"
    return
  fi
  step "mmcv $(pinned mminstall mmcv) with its operators"
  read_facts || return 1
  if mmcv_fits; then
    note 'is installed and loads'
    return
  fi
  local wheel
  wheel="$(find_wheel)" || { build_wheel && wheel="$(find_wheel)"; } ||
    die_from_log 'compiling mmcv failed'
  [[ -z "$(installed mmcv-lite)" ]] || run_logged '' "$PY" -m pip uninstall --yes mmcv-lite
  pip_install --force-reinstall --no-deps "$wheel"
  basename "$(dirname "$wheel")" >"$ENV_DIR/.mmvkp-mmcv"
}

install_rest() {
  local set=(-r "$ROOT/requirements/runtime.txt" -r "$ROOT/requirements/tools.txt" -r "$ROOT/requirements/deploy.txt" -r "$ROOT/requirements/tests.txt")
  if [[ "$MODE" == full ]]; then
    step 'OpenMMLab stack with MMDetection, command line and test tools'
    set+=(-r "$ROOT/requirements/mminstall.txt" -r "$ROOT/requirements/optional.txt")
  else
    step 'OpenMMLab stack, command line and test tools'
  fi
  pip_install "${set[@]}"
}

install_project() {
  step 'mmvkp itself, editable'
  pip_install --no-deps --no-build-isolation -e "$ROOT"
}

check_result() {
  local complaints
  step 'checking the installation'
  imports_work || return 1
  complaints="$("$PY" -m pip check 2>&1)" && return 0
  if [[ "$complaints" == *decord*'not supported on this platform'* ]]; then
    relabel_decord
    complaints="$("$PY" -m pip check 2>&1)" && return 0
  fi
  printf '%s\n' "$complaints" >>"$LOG"
  # In an active environment the conflicts may be older than this run.
  [[ "$ACTIVE" == 1 ]] || die "pip check reports: $(head -n 1 <<<"$complaints"). Full log: $LOG"
  note "pip check reports: $(head -n 1 <<<"$complaints")"
}

# decord 0.6.0 runs on any Python 3, and its file name says so, but the label
# inside the wheel says "Python 3.6 only". Newer versions of pip read the label
# and report an unsupported installation. (`wheel tags` and `wheel unpack` fail,
# because its list of hashes is wrong, too; packing writes a new one.)
relabel_decord() {
  local dir="$SCRATCH/decord" tag file
  run_logged '' "$PY" -m pip download --quiet --no-deps --dest "$dir" "decord==$(installed decord)" ||
    die_from_log 'could not fetch decord'
  tag="$(basename "$dir"/decord-*.whl .whl)" && tag="py3-none-${tag##*-}"
  # shellcheck disable=SC2015  # a failure of any part ends the script
  run_logged '' "$PY" -m zipfile -e "$dir"/decord-*.whl "$dir/content" &&
    file="$(echo "$dir"/content/decord-*.dist-info/WHEEL)" &&
    sed "s/^Tag: .*/Tag: $tag/" "$file" >"$dir/label" && mv "$dir/label" "$file" && rm -f "$dir"/*.whl &&
    run_logged '' "$PY" -m wheel pack --dest-dir "$dir" "$dir/content" ||
    die_from_log 'could not correct the label of decord'
  pip_install --force-reinstall --no-deps "$dir"/decord-*.whl
}

prepare() {
  ENV_DIR="$ROOT/.venv" PY="$ROOT/.venv/bin/python"
  if [[ "$ACTIVE" == 1 ]]; then
    PY="$(command -v "$BASE_PYTHON")" && ENV_DIR="$("$PY" -c 'import sys; print(sys.prefix)')"
  fi
  STAMP="$ENV_DIR/.mmvkp-setup"
  [[ -n "$MODE" ]] || MODE="$(cut -d ' ' -f 1 "$STAMP" 2>/dev/null || true)"
  MODE="${MODE:-full}"
  mkdir -p "$CACHE"/{locks,logs,wheels,build} 2>/dev/null ||
    die "cannot write to the cache folder $CACHE; choose another one with MMVKP_CACHE"
  local id
  id="$(printf '%s' "$ENV_DIR" | cksum | cut -d ' ' -f 1)"
  LOG="$CACHE/logs/$id.log"
  take_lock "env-$id"
}

work() {
  step "Python environment in $ENV_DIR"
  make_env
  check_network
  install_torch
  install_mmcv || return 1
  install_rest
  install_project
  check_result
}

main() {
  parse_args "$@"
  [[ -f "$ROOT/setup.py" ]] || die "$ROOT is not a checkout of mmvkp; run the script from one"
  choose_python
  trap 'on_signal 130' INT
  trap 'on_signal 143' TERM HUP
  prepare
  if is_up_to_date; then
    echo "Everything is set up ($MODE, $ENV_DIR)."
    return
  fi
  check_python_parts
  check_disk
  check_compiler
  : >"$LOG"
  # Leftovers of killed runs.
  find "$CACHE" -maxdepth 1 -name 'scratch.*' -mmin +1440 -exec rm -rf {} +
  SCRATCH="$(mktemp -d "$CACHE/scratch.XXXXXX")"
  trap 'rm -rf "$SCRATCH"' EXIT
  local is_old=0
  [[ "$ACTIVE" == 1 || ! -d "$ENV_DIR" ]] || is_old=1
  rm -f "$STAMP"
  if ! work; then
    # Leftovers of an interrupted run; only .venv is created again.
    ((is_old)) || die "the installation does not load: $(tail -n 1 "$LOG"). Full log: $LOG"
    note 'parts of .venv are broken: creating it again' && rm -rf "$ENV_DIR" && STEP=0
    work || die "the installation does not load: $(tail -n 1 "$LOG"). Full log: $LOG"
  fi
  stamp_value >"$STAMP"
  [[ -z "$MMCV_NOTE" ]] || printf '\nNote: %s\n' "$MMCV_NOTE"
  printf '\nReady after %d s (%s). Use it with: source %q\n' "$SECONDS" "$MODE" "$ENV_DIR/bin/activate"
}

if [[ "${BASH_SOURCE[0]}" == "$0" ]]; then
  main "$@"
fi
