#!/usr/bin/env bash
# Checks of style, then the tests; sets up first what is missing. Arguments go
# to pytest: `bash tools/run_tests.sh tests/models -k kpsem`.
#
#   MMVKP_ACTIVE=1  use the active Python environment instead of .venv
#
# The tests run even when a check of style fails, so that both are seen; either
# makes the exit code non-zero. The last line is pytest's closing line.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

FAILED=()

choose_environment() {
  if [[ "${MMVKP_ACTIVE:-0}" == 1 ]]; then
    bash tools/setup_env.sh --active
    PY="$(command -v python || command -v python3)"
  else
    bash tools/setup_env.sh
    PY="$PWD/.venv/bin/python"
  fi
}

check() { # NAME COMMAND...: one line if all is well, the complaints if not
  local name="$1" output
  shift
  if output="$("$PY" -m "$@" 2>&1)"; then
    printf '%-12s ok\n' "$name"
  else
    printf '%-12s FAILED\n%s\n' "$name" "$output"
    FAILED+=("$name")
  fi
}

lint() {
  local place code=() text=()
  for place in mmvkp tests tools configs setup.py; do
    [[ ! -e "$place" ]] || code+=("$place")
  done
  for place in "${code[@]}" requirements ./*.md ./*.toml ./*.cfg; do
    [[ ! -e "$place" ]] || text+=("$place")
  done
  check flake8 flake8 "${code[@]}"
  check isort isort --check-only --diff "${code[@]}"
  check yapf yapf --diff --recursive --parallel --exclude '*/.mim/*' "${code[@]}"
  check docformatter docformatter --check --diff --recursive --wrap-summaries 79 --wrap-descriptions 0 "${code[@]}"
  check codespell codespell_lib "${text[@]}"
  check docstrings interrogate --config setup.cfg mmvkp
}

main() {
  local status=0 output
  choose_environment
  lint
  output="$(mktemp)"
  # shellcheck disable=SC2064  # the name is wanted as it is now
  trap "rm -f '$output'" EXIT
  "$PY" -m pytest "$@" 2>&1 | tee "$output" || status=$?
  if ((${#FAILED[@]})); then
    printf '\nchecks of style that FAILED: %s\n' "${FAILED[*]}"
    tail -n 1 "$output"
    ((status)) || status=1
  fi
  exit "$status"
}

main "$@"
