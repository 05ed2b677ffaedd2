# Functions of run and minimize. Sourced in fuzz/, after `set -euo pipefail`.

fail() {
    echo "fuzz/$(basename "$0"): $1" >&2
    exit 2
}

# The folders of the crates that contain targets. Targets of different groups have different names.
groups=(. tool)

# The names of all targets. Fast targets contain their check.
all=()
for folder in "${groups[@]}"; do
    for file in "$folder"/fuzz_targets/*.rs; do
        all+=("$(basename "$file" .rs)")
    done
done

# Prints the folder of a target's crate.
group() {
    local folder
    for folder in "${groups[@]}"; do
        [[ ! -f $folder/fuzz_targets/$1.rs ]] || echo "$folder"
    done
}

is_fast() {
    grep -q '^propagator_fuzz::value!' "$(group "$1")/fuzz_targets/$1.rs"
}

check_names() {
    local target
    for target in "$@"; do
        [[ -n $(group "$target") ]] || fail "unknown target $target; known targets: ${all[*]}"
    done
}

# The inputs of a group that earlier runs found and fuzz/minimize kept. Seeds are separate files.
found=found.tar.xz

# Builds the programs of targets with a sanitizer, address or none, and unpacks the inputs that
# earlier runs found. Only the groups of these targets are built.
build() {
    local sanitizer=$1 folder target
    shift
    for folder in "${groups[@]}"; do
        [[ ! -f $folder/$found ]] || tar -xJf "$folder/$found" -C "$folder" --skip-old-files
    done
    ../.ci/tools cargo-fuzz
    export PATH=$PWD/../target/tools/bin:$PATH
    # The instrumentation is unstable. It works on nightly, and on stable with the bootstrap switch.
    if [[ ${FUZZ_TOOLCHAIN-nightly} == nightly ]] && cargo +nightly --version >/dev/null 2>&1; then
        export RUSTUP_TOOLCHAIN=nightly
    else
        export RUSTC_BOOTSTRAP=1
        [[ -z ${FUZZ_TOOLCHAIN-} ]] || export RUSTUP_TOOLCHAIN=$FUZZ_TOOLCHAIN
    fi
    export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/../target}
    programs=$CARGO_TARGET_DIR/$(rustc -vV | sed -n 's/^host: //p')/release
    logs=$CARGO_TARGET_DIR/fuzz-logs
    mkdir -p "$logs"
    : >"$logs/build.log"
    if (($# == ${#all[@]})); then
        for folder in "${groups[@]}"; do
            build_in "$folder" "$sanitizer"
        done
    else
        for target in "$@"; do
            build_in "$(group "$target")" "$sanitizer" "$target"
        done
    fi
    # Stack traces of allocations cost a third of the speed, and are of little use: unsafe code is
    # only in dependencies. Uses of a stack frame that has ended are detected, because Base64 is
    # decoded into a buffer on the stack.
    ASAN_OPTIONS=detect_odr_violation=0:malloc_context_size=0:detect_stack_use_after_return=1
    export ASAN_OPTIONS
    workers=${FUZZ_WORKERS:-$(nproc)}
    pids=()
    trap stop EXIT
}

# Builds all targets of a group, or one of them.
build_in() {
    local folder=$1 sanitizer=$2
    shift 2
    cargo fuzz build --fuzz-dir "$folder" --sanitizer "$sanitizer" "$@" >>"$logs/build.log" 2>&1 || {
        cat "$logs/build.log" >&2
        fail "cannot build the targets"
    }
}

# Interrupts the workers. libFuzzer then prints its statistics.
stop() {
    ((${#pids[@]} == 0)) || kill -INT "${pids[@]}" 2>/dev/null || true
}

# Becomes one worker on a target. The mutators limit the lengths of most inputs.
work() {
    local target=$1 seconds=$2 folder
    folder=$(group "$target")
    exec "$programs/$target" "$folder/corpus/$target" \
        -artifact_prefix="$folder/artifacts/$target/" -max_len=20000 \
        -max_total_time="$seconds" -timeout=60 -rss_limit_mb=2048 -malloc_limit_mb=64 \
        -reload=1 -print_final_stats=1
}

# Fuzzes a target for some seconds with all workers. Sets `executions`, and `failed` to the logs of
# workers that found something.
fuzz() {
    local target=$1 seconds=$2 worker folder
    failed=()
    folder=$(group "$target")
    mkdir -p "$folder/corpus/$target" "$folder/artifacts/$target"
    rm -f "$logs/$target".*.log
    pids=()
    for ((worker = 1; worker <= workers; worker++)); do
        work "$target" "$seconds" >"$logs/$target.$worker.log" 2>&1 &
        pids+=($!)
    done
    for ((worker = 1; worker <= workers; worker++)); do
        # A trapped signal ends `wait` but not the worker.
        while kill -0 "${pids[worker - 1]}" 2>/dev/null; do
            wait "${pids[worker - 1]}" || true
        done
        # The exit status of libFuzzer is 72 if it was interrupted.
        wait "${pids[worker - 1]}" || (($? == 72)) || failed+=("$logs/$target.$worker.log")
    done
    pids=()
    executions=$(awk '$1 == "stat::number_of_executed_units:" { sum += $2 } END { print sum + 0 }' \
        "$logs/$target".*.log)
}

# Prints the reason and the input of each finding.
show_findings() {
    local log
    for log in "${failed[@]}"; do
        grep -m 1 -A 3 -E "panicked at|ERROR: |^ALARM" "$log" >&2 || true
        echo "  finding: fuzz/$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1), log: $log" >&2
    done
}

# Prints the edges and features that the corpus of a target covers.
coverage() {
    "$programs/$1" "$(group "$1")/corpus/$1" -runs=0 2>&1 |
        sed -n 's/.*INITED cov: \([0-9]*\) ft: \([0-9]*\) .*/\1 \2/p'
}
