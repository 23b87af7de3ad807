# What setup and pages share: where things lie, how a step is shown, how a failure becomes one sentence.
# Sourced, not run. POSIX sh.

ROOT=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
TOOLS=$ROOT/.tools
ENV=$ROOT/.venv
LOG=$TOOLS/setup.log
SCRIPT=${0##*/}
BEGAN=$(date +%s)
NEEDED_MIB=2000

stop() {
    printf '%s: %s\n' "$SCRIPT" "$1" >&2
    exit 1
}

say() {
    printf '%4d s  %s\n' "$(($(date +%s) - BEGAN))" "$1"
}

# step TEXT COMMAND...: run a long command with its output in the log, showing that time passes
step() {
    text=$1
    shift
    say "$text ..."
    : >"$LOG.step"
    "$@" >"$LOG.step" 2>&1 &
    running=$!
    trap 'kill $running 2>/dev/null; exit 130' INT TERM
    waited=0
    while kill -0 $running 2>/dev/null; do
        sleep 0.2
        waited=$((waited + 1))
        if [ $((waited % 50)) -eq 0 ] && kill -0 $running 2>/dev/null; then say "  still $text"; fi
    done
    trap - INT TERM
    status=0
    wait $running || status=$?
    cat "$LOG.step" >>"$LOG"
    if [ $status -ne 0 ]; then explain "$text"; fi
    rm -f "$LOG.step"
}

# explain TEXT: the one sentence for what the failed step left in its log
explain() {
    if [ "$(free_mib)" -lt 8 ] || grep -qiE 'no space left|ENOSPC|os error 28' "$LOG.step"; then
        stop "The disk of $ROOT is full: make room ($NEEDED_MIB MiB) and start again."
    fi
    if grep -qiE 'read-only file system|EROFS|os error 30' "$LOG.step"; then
        stop "The disk of $ROOT is read-only: the installation is written under the checkout."
    fi
    if grep -qiE 'hash mismatch|do not match the hashes|EINTEGRITY' "$LOG.step"; then
        stop "A package that was fetched is not the one this release was locked to, so nothing was installed ($LOG)."
    fi
    if grep -qiE 'dns error|failed to lookup|name resolution|error sending request|tcp connect|connection refused|network is unreachable|NewConnectionError|No matching distribution|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|ETIMEDOUT|operation timed out|client error \(Connect\)|Could not connect|network connectivity is disabled|was not found in the cache' "$LOG.step"; then
        stop "The packages cannot be fetched, because no package index can be reached from here: connect this machine, or name an index or a folder of packages with PIP_INDEX_URL or PIP_FIND_LINKS."
    fi
    stop "$1 failed: $(grep -vE '^[[:space:]]*$' "$LOG.step" | tail -n 1) (all of it is in $LOG)"
}

# MiB this user may still write under the checkout
free_mib() {
    df -Pm "$ROOT" | tail -n 1 | { read -r _ _ _ free _ && printf '%s\n' "$free"; }
}

# fingerprint FILE...: one hash of these files and of where the checkout lies
fingerprint() {
    { printf '%s\n' "$ROOT"; cat "$@"; } | sha256sum | cut -d ' ' -f 1
}

# The package index as pip was told of it, for uv too.
share_index_settings() {
    : "${UV_CACHE_DIR:=$TOOLS/cache}"
    [ -n "${PIP_FIND_LINKS:-}" ] && : "${UV_FIND_LINKS:=$PIP_FIND_LINKS}"
    [ -n "${PIP_INDEX_URL:-}" ] && : "${UV_DEFAULT_INDEX:=$PIP_INDEX_URL}"
    [ -n "${PIP_EXTRA_INDEX_URL:-}" ] && : "${UV_INDEX:=$PIP_EXTRA_INDEX_URL}"
    [ -n "${PIP_NO_INDEX:-}" ] && : "${UV_NO_INDEX:=$PIP_NO_INDEX}"
    [ -n "${PIP_CERT:-}" ] && : "${SSL_CERT_FILE:=$PIP_CERT}"
    for name in UV_CACHE_DIR UV_FIND_LINKS UV_DEFAULT_INDEX UV_INDEX UV_NO_INDEX SSL_CERT_FILE; do
        eval "[ -n \"\${$name:-}\" ] && export $name" || true
    done
    export UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never PIP_DISABLE_PIP_VERSION_CHECK=1
    unset VIRTUAL_ENV CONDA_PREFIX
}
