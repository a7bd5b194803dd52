#!/usr/bin/env bash
# Lint, types and tests; first sets up what is missing.
#
#   bash tools/run_tests.sh                      the first tier
#   bash tools/run_tests.sh --slow               the second tier: fuzzing, long runs
#   bash tools/run_tests.sh tests/kpsem -k neck  arguments go to pytest
#
#   MMVKP_ACTIVE=1   use the active Python environment instead of .venv
#   MMVKP_WORKERS=N  test processes (default: number of cores, at most 4)
#
# The tests run even if a check fails, so that both are seen; either makes the
# exit code non-zero. The last line is the closing line of pytest.
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
  check ruff ruff check .
  check format ruff format --check .
  check codespell codespell_lib .
  check mypy mypy
}

# Packages that only tests of the second tier need. Without them these are skipped.
extra() { # MODULES FILE TESTS: installs FILE of requirements/ if a module is missing
  "$PY" -c "import $1" 2>/dev/null ||
    timeout 300 "$PY" -m pip install --quiet -c requirements/runtime.txt \
      -r "requirements/$2.txt" ||
    printf 'requirements/%s.txt is not installed: %s skipped\n' "$2" "$3"
}

extras() {
  extra 'sphinx, myst_parser, furo' docs 'the test of the site is'
  extra 'gradio, playwright' browser 'the tests of the demo are'
  command -v chromium google-chrome >/dev/null ||
    printf 'no Chromium (apt-get install chromium): the tests of the demo are skipped\n'
}

workers() {
  local count="${MMVKP_WORKERS:-$(nproc)}"
  [[ -n "${MMVKP_WORKERS:-}" ]] || ((count <= 4)) || count=4
  printf '%s' "$count"
}

main() {
  local status=0 output
  choose_environment
  # The second tier of tests follows a first one that has linted.
  if [[ " $* " == *' --slow '* ]]; then extras; else lint; fi
  output="$(mktemp)"
  # shellcheck disable=SC2064  # the name is wanted as it is now
  trap "rm -f '$output'" EXIT
  # A process per core, each with one thread: small networks gain little from
  # more. Tests of a file share its fixtures and stay in one process.
  OMP_NUM_THREADS=1 "$PY" -m pytest -n "$(workers)" --dist loadfile "$@" 2>&1 |
    tee "$output" || status=$?
  if ((${#FAILED[@]})); then
    printf '\nchecks that FAILED: %s\n' "${FAILED[*]}"
    tail -n 1 "$output"
    ((status)) || status=1
  fi
  exit "$status"
}

main "$@"
