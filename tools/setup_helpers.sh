# shellcheck shell=bash
# Messages, logged commands, locks and interruptions for setup_env.sh, which
# sources this file and gives it PY, CACHE and LOG.

CHILD='' STEP=0 STEPS=6 STEP_NAME=''
SECONDS_TO_ANSWER=6 # a slower index is skipped

die() {
  printf 'setup_env: error: %s\n' "$*" >&2
  exit 1
}

step() {
  STEP=$((STEP + 1)) STEP_NAME="$1"
  printf '[%d/%d %4ds] %s\n' "$STEP" "$STEPS" "$SECONDS" "$1"
}

note() { printf '             %s\n' "$*"; }

answers() { # true if a URL answers; the alarm also ends a stuck DNS query
  "$PY" -c 'import signal, sys, urllib.request as r
signal.alarm(int(sys.argv[2])); r.urlopen(sys.argv[1], timeout=int(sys.argv[2])).close()' \
    "$1" "$SECONDS_TO_ANSWER" >/dev/null 2>&1
}

has_gpu() { command -v nvidia-smi >/dev/null && nvidia-smi -L >/dev/null 2>&1; }

# run_logged PROGRESS COMMAND...: writes the output to the log and the text of the
# function PROGRESS to the terminal. The command has its own process group, so
# that an interruption ends its children, too.
run_logged() {
  local progress="$1" status=0 text='' printed="$SECONDS"
  shift
  printf '\n$ %s\n' "$*" >>"$LOG"
  set -m
  "$@" >>"$LOG" 2>&1 </dev/null &
  CHILD=$!
  set +m
  while kill -0 "$CHILD" 2>/dev/null; do
    sleep 0.2
    if [[ -t 1 ]]; then
      text="${progress:+$("$progress")}"
      printf '\r             %s (%ds)\033[K' "$text" "$SECONDS"
    elif ((SECONDS - printed >= 30)); then
      text="${progress:+$("$progress")}"
      note "${text:-working} (${SECONDS}s)" && printed="$SECONDS"
    fi
  done
  [[ ! -t 1 ]] || printf '\r\033[K'
  wait "$CHILD" || status=$?
  CHILD=''
  return "$status"
}

die_from_log() { # with the last error in the log
  local reason
  reason="$(grep -aE '^ *(ERROR|error|fatal error)[: ]|: (fatal )?error:|No space left|^[A-Za-z]*Error: ' "$LOG" | tail -n 1 || true)"
  die "$1${reason:+: ${reason:0:300}}. Full log: $LOG"
}

pip_install() {
  local arguments=(--disable-pip-version-check --no-input --progress-bar off)
  run_logged last_package "$PY" -m pip install "${arguments[@]}" -c "$SCRATCH/constraints.txt" "$@" ||
    die_from_log "step '$STEP_NAME' failed"
}

last_package() {
  grep -aE '^ *(Collecting|Downloading|Installing collected)' "$LOG" | tail -n 1 | cut -d : -f 1 | cut -c 1-60 || true
}

take_lock() { # children keep it, so that orphans of a killed run are awaited
  command -v flock >/dev/null || return 0 # missing on macOS
  local file="$CACHE/locks/$1" waited=0 lock
  exec {lock}>>"$file"
  until flock -n "$lock"; do
    ((waited % 30)) || note "another setup is running (process $(tail -n 1 "$file")); waiting for it"
    sleep 1 && waited=$((waited + 1))
  done
  echo "$$" >"$file"
}

on_signal() {
  trap - INT TERM HUP
  [[ -z "$CHILD" ]] || kill -TERM -- "-$CHILD" 2>/dev/null || true
  printf '\nsetup_env: interrupted; the next run continues here\n' >&2
  exit "$1"
}
