# shellcheck shell=bash
# Finds or compiles the wheel of mmcv for an environment. Sourced by setup_env.sh,
# which defines PY, CACHE, SCRATCH, LOG and the helpers.

BUILD_DIR='' BUILD_TOTAL=0 MMCV_NOTE=''
TORCH='' CUDA='' ABI='' PLATFORM=''

# Versions of torch and its CUDA ('none' for a CPU build or with FORCE_CUDA=0), its
# C++ ABI, which differs between builds of one version and must match the wheel,
# and the platform.
read_facts() {
  local facts
  facts="$("$PY" -W ignore -c 'import os, sysconfig, torch
cuda = None if os.environ.get("FORCE_CUDA") == "0" else torch.version.cuda
platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
print(torch.__version__, cuda or "none", int(torch.compiled_with_cxx11_abi()), platform)')" || return 1
  read -r TORCH CUDA ABI PLATFORM <<<"$facts"
}

python_tag() { "$BASE_PYTHON" -c 'import sys; print("cp%d%d" % sys.version_info[:2])'; }

wheel_key() { # OPERATORS
  printf '%s-torch%s-mmcv%s-%s-%s-abi%s' \
    "$(python_tag)" "$TORCH" "$(pinned mminstall mmcv)" "$PLATFORM" "$1" "$ABI"
}

# Possible target of a compilation: 'cpu', or e.g. 'cu121' if torch has CUDA and a
# CUDA compiler of the same major version exists (torch refuses others).
possible_operators() {
  local nvcc="${CUDA_HOME:+$CUDA_HOME/bin/}nvcc" major
  major="$("$nvcc" --version 2>/dev/null | sed -n 's/.*release \([0-9]*\)\..*/\1/p' || true)"
  if [[ "$CUDA" != none && "$major" == "${CUDA%%.*}" ]]; then
    printf 'cu%s' "${CUDA//./}"
  else
    printf 'cpu'
  fi
}

best_operators() { # best operators of a wheel for this torch
  if [[ "$CUDA" == none ]]; then printf 'cpu'; else printf 'cu%s' "${CUDA//./}"; fi
}

# Prints the path of an existing wheel: from the cache, CUDA first, or from
# OpenMMLab, which offers wheels for a few versions of torch.
find_wheel() {
  local kind wheel
  for kind in "$(best_operators)" "$(possible_operators)"; do
    for wheel in "$CACHE/wheels/$(wheel_key "$kind")"/mmcv-*.whl; do
      [[ ! -f "$wheel" ]] || { echo "$wheel" && return; }
    done
  done
  fetch_prebuilt
}

fetch_prebuilt() {
  local version="${TORCH%%+*}" kind target index dir
  kind="$(best_operators)" && target="$CACHE/wheels/$(wheel_key "$kind")"
  index="$MMCV_INDEX/$kind/torch$(cut -d . -f 1,2 <<<"$version").0/index.html"
  answers "$index" || return 1
  dir="$(mktemp -d "$CACHE/scratch.XXXXXX")"
  if "$PY" -m pip download --quiet --no-deps --no-index --only-binary :all: --retries 1 --timeout 15 \
    --find-links "$index" --dest "$dir" "mmcv==$(pinned mminstall mmcv)" >>"$LOG" 2>&1; then
    keep_wheel "$dir" "$target"
  fi
  rm -rf "$dir"
  compgen -G "$target/mmcv-*.whl"
}

keep_wheel() { # FROM_FOLDER TO_FOLDER; a rename, so that no partial wheel is kept
  mkdir -p "$2"
  mv -f "$1"/mmcv-*.whl "$2/"
}

# True if the installed mmcv has the wanted version, loads with this torch, and
# was not compiled without CUDA while CUDA is possible now.
mmcv_fits() {
  local key
  [[ "$(installed mmcv)" == "$(pinned mminstall mmcv)" ]] || return 1
  "$PY" -W ignore -c 'import mmcv._ext' >/dev/null 2>&1 || return 1
  # Without this file mmcv was installed by the user.
  key="$(cat "$ENV_DIR/.mmvkp-mmcv" 2>/dev/null)" || return 0
  [[ "$key" == "$(wheel_key "$(possible_operators)")" || "$key" == "$(wheel_key "$(best_operators)")" ]]
}

compile_jobs() { # a file of mmcv needs up to 1.5 GB of memory
  local cores memory
  cores="$(nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 1)"
  memory="$(awk '/^MemAvailable/ {print int($2 / 1572864)}' /proc/meminfo 2>/dev/null || true)"
  memory="${memory:-$cores}"
  ((memory >= 1)) || memory=1
  echo "$((cores < memory ? cores : memory))"
}

compile_progress() {
  printf 'compiled %d of %d files' "$(find "$BUILD_DIR/build" -name '*.o' 2>/dev/null | wc -l)" "$BUILD_TOTAL"
}

fetch_source() { # into BUILD_DIR, in one rename: an existing folder is complete
  [[ ! -d "$BUILD_DIR" ]] || return 0
  run_logged '' "$PY" -m pip download --quiet --no-deps --no-binary mmcv --no-build-isolation \
    --disable-pip-version-check --dest "$SCRATCH/sdist" "mmcv==$(pinned mminstall mmcv)" ||
    die_from_log 'could not fetch the source of mmcv'
  # shellcheck disable=SC2015  # either failure ends the script
  tar -xzf "$SCRATCH"/sdist/mmcv-*.tar.gz -C "$SCRATCH/sdist" && mv "$SCRATCH"/sdist/mmcv-*/ "$BUILD_DIR" ||
    die "could not unpack the source of mmcv into $BUILD_DIR"
}

note_missing_cuda() { # OPERATORS
  [[ "$CUDA" != none && "$1" == cpu ]] || return 0
  MMCV_NOTE="torch has CUDA $CUDA, but no nvcc of CUDA ${CUDA%%.*} was found, so mmcv gets CPU operators only. \
Models still train and test on the GPU, except layers made of mmcv's own operators. \
Install the CUDA toolkit ${CUDA%%.*} and run this script again to get these operators."
  note "$MMCV_NOTE"
}

count_sources() { # OPERATORS
  local folders=(. cpu) folder total=0
  [[ "$1" == cpu ]] || folders+=(cuda)
  for folder in "${folders[@]}"; do
    total=$((total + $(find "$BUILD_DIR/mmcv/ops/csrc/pytorch/$folder" -maxdepth 1 -name '*.c[pu]*' | wc -l)))
  done
  echo "$total"
}

# The object files stay in the cache until the wheel is complete, so that an
# interrupted compilation continues with the same file.
build_wheel() {
  local kind key settings
  kind="$(possible_operators)" && key="$(wheel_key "$kind")"
  note_missing_cuda "$kind"
  take_lock "build-$key"
  ! find_wheel >/dev/null || return 0 # made by another checkout in the meantime
  BUILD_DIR="$CACHE/build/$key"
  fetch_source
  BUILD_TOTAL="$(count_sources "$kind")"
  settings=(CFLAGS='-g0 -O2' MMCV_WITH_OPS=1 "MAX_JOBS=${MAX_JOBS:-$(compile_jobs)}")
  if [[ "$kind" == cpu ]]; then
    # mmcv compiles for CUDA if torch sees a GPU; it is hidden here.
    settings+=(FORCE_CUDA=0 CUDA_VISIBLE_DEVICES=)
  else
    settings+=(FORCE_CUDA=1)
  fi
  note "compiling $BUILD_TOTAL files for $kind, once per version of torch; log: $LOG"
  # shellcheck disable=SC2016  # $1 and $@ belong to the inner shell
  # PATH as in an activated environment: torch searches `ninja` on it.
  run_logged compile_progress env "PATH=$(dirname "$PY"):$PATH" "${settings[@]}" \
    bash -c 'cd "$1" && shift && exec "$@"' _ "$BUILD_DIR" \
    "$PY" setup.py bdist_wheel --dist-dir "$SCRATCH/wheel" ||
    die_from_log 'compiling mmcv failed'
  keep_wheel "$SCRATCH/wheel" "$CACHE/wheels/$key"
  rm -rf "$BUILD_DIR"
}
