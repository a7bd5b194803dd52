#!/usr/bin/env bash
# Run the tests of recognition and of the tube metrics with another PyTorch.
#
#   bash tools/test_versions.sh 2.1.2              the default tests
#   bash tools/test_versions.sh 2.4.1 tests/afnet  arguments go to pytest
#
#   MMVKP_PYTHON=PATH    environment that setup_env.sh made (default: .venv)
#   MMVKP_VERSIONS=PATH  folder of the environments
#                        (default: ~/.cache/mmvkp/versions)
#
# The new environment has the packages of the old one, with mmcv-lite instead of
# mmcv, without MMDetection. It takes 2 to 5 GB. PyPI has no CPU-only build of old
# versions for Linux. The CUDA build is installed without the CUDA libraries, and
# each of them is replaced by a small library that reports no GPU.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

DEFAULT_TESTS=(tests/kpsem tests/afnet tests/aknet tests/hosts tests/recognition
  tests/test_compat.py tests/test_checks.py tests/test_files.py
  tests/tubes/test_average_precision.py tests/tubes/test_iou.py
  tests/tubes/test_evaluation.py tests/tubes/test_metric.py
  tests/tubes/test_restricted_pickle.py tests/tubes/test_linking.py)

die() {
  printf 'test_versions: error: %s\n' "$*" >&2
  exit 1
}

install_packages() {
  "$BASE" -m venv "$ENV"
  "$PY" -m pip install --quiet --no-deps "torch==$VERSION"
  "$BASE" -m pip list --format=freeze 2>/dev/null |
    grep -viE '^(torch|torchvision|triton|mmcv|mmcv-lite|mmdet|mmvkp|pip|nvidia.*)==' >"$ENV/packages.txt"
  # MMCV 2.1.0 as in requirements/mminstall.txt, but without compiled operators.
  sed -n 's/^mmcv==/mmcv-lite==/p' requirements/mminstall.txt >>"$ENV/packages.txt"
  "$PY" -m pip install --quiet --no-deps -r "$ENV/packages.txt"
}

torch_libraries() { find "$TORCH" -name '*.so*' -type f; }

missing_libraries() { # needed by torch, and neither in its folder nor on this machine
  local name
  torch_libraries | xargs readelf -d | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u |
    while read -r name; do
      [[ -e "$TORCH/lib/$name" ]] || ldconfig -p | grep -qF "$name " || echo "$name"
    done
}

undefined_symbols() {
  local defined
  defined="$(mktemp)"
  {
    torch_libraries
    ldd "$TORCH/lib/libtorch_cpu.so" | awk '$3 ~ /^\// {print $3}'
    readlink -f "$PY"
    ldd "$(readlink -f "$PY")" | awk '$3 ~ /^\// {print $3}'
  } | sort -u | xargs nm -D --defined-only 2>/dev/null | awk 'NF == 3 {sub(/@.*/, "", $3); print $3}' |
    sort -u >"$defined"
  torch_libraries | xargs nm -D --undefined-only 2>/dev/null |
    awk '$1 == "U" {sub(/@.*/, "", $2); print $2}' | sort -u | comm -23 - "$defined" |
    { grep -vE '^_?Py' || true; }
  rm -f "$defined"
}

replace_cuda() { # every function returns 0; the number of GPUs is an error
  local name source="$ENV/cuda.s"
  {
    printf '.text\n.globl cudaGetDeviceCount\ncudaGetDeviceCount:\n mov $100, %%eax\n ret\n'
    undefined_symbols | grep -vx cudaGetDeviceCount | sed 's/.*/.globl &\n&:/'
    printf ' xor %%eax, %%eax\n ret\n .space 256\n.section .note.GNU-stack,"",@progbits\n'
  } >"$source"
  # In a library of another name, because references name a version of the original.
  gcc -shared -nostdlib -Wl,-soname,libno_cuda.so -o "$TORCH/lib/libno_cuda.so" "$source"
  missing_libraries | while read -r name; do
    # shellcheck disable=SC2016  # the loader expands $ORIGIN
    gcc -shared -nostdlib "-Wl,-soname,$name" '-Wl,-rpath,$ORIGIN' -Wl,--no-as-needed \
      -o "$TORCH/lib/$name" -x c /dev/null -x none "$TORCH/lib/libno_cuda.so"
  done
}

main() {
  (($#)) || die 'give a version of PyTorch, for example 2.1.2'
  VERSION="$1" && shift
  [[ "$VERSION" =~ ^[0-9]+\.[0-9]+\.[0-9]+ ]] || die "'$VERSION' is not a version; give for example 2.1.2"
  BASE="${MMVKP_PYTHON:-$PWD/.venv/bin/python}"
  [[ -x "$BASE" ]] || die "no environment at $BASE; run bash tools/setup_env.sh --light first"
  ENV="${MMVKP_VERSIONS:-${XDG_CACHE_HOME:-$HOME/.cache}/mmvkp/versions}/torch$VERSION"
  PY="$ENV/bin/python"
  if [[ ! -f "$ENV/ready" ]]; then
    rm -rf "$ENV" && mkdir -p "$ENV"
    install_packages
    TORCH="$("$PY" -c 'import importlib.util as u; print(u.find_spec("torch").submodule_search_locations[0])')"
    [[ "$("$PY" -m pip list --format=freeze 2>/dev/null)" == *+cpu* ]] || replace_cuda
    "$PY" -W ignore -c 'import torch; assert not torch.cuda.is_available()' || die "torch $VERSION does not load"
    touch "$ENV/ready"
  fi
  (($#)) || set -- "${DEFAULT_TESTS[@]}"
  PYTHONPATH="$PWD" OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1 "$PY" -m pytest -p no:cacheprovider -q \
    -k 'not point3d and not onnx' "$@"
}

main "$@"
