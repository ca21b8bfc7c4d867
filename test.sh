#!/bin/bash
# The test command: installs what is missing, builds with gcc and with clang (ASan + UBSan, TSan,
# libFuzzer), runs every suite, and ends with one line: N passed, N failed.
#   FUZZ_SECONDS=10   how long each fuzz target runs; 10 keeps the whole near 12 minutes on 2 cores
set -u
cd "$(dirname "$0")" || exit 1
export LC_ALL=C
: "${FUZZ_SECONDS:=10}"
passed=0 failed=0 skipped=0
logs=build-logs
mkdir -p "$logs"

say() { printf '\n== %s\n' "$*"; }

# Count the TAP lines of a file into the totals and show what failed or was skipped.
tally() {
	local ok bad skip
	ok=$(grep -cE '^ok ' "$1")
	skip=$(grep -cE '^ok .*# *(SKIP|skip)' "$1")
	bad=$(grep -cE '^not ok ' "$1")
	passed=$((passed + ok - skip)) failed=$((failed + bad)) skipped=$((skipped + skip))
	grep -E '^(not ok|#)' "$1" | head -60
	grep -E '^ok .*# *(SKIP|skip)' "$1" | head -20
	echo "$((ok - skip)) passed, $bad failed, $skip skipped"
}

# suite NAME COMMAND...: run something that speaks TAP; a death without a failed line is a failure.
suite() {
	local name=$1 log=$logs/$1.tap
	shift
	say "$name"
	"$@" >"$log" 2>&1
	local rc=$?
	if [ $rc -ne 0 ] && ! grep -q '^not ok ' "$log"; then
		tail -20 "$log"
		echo "not ok - $name ended with $rc" >>"$log"
	fi
	grep -qE '^(not )?ok ' "$log" || echo "not ok - $name ran no test" >>"$log"
	tally "$log"
}

# build NAME OPTIONS...: configure (once) and compile build-NAME; counts as one test.
build() {
	local name=$1 log=$logs/build-$1.log
	shift
	say "build $name"
	if { [ -f "build-$name/build.ninja" ] || meson setup "build-$name" "$@"; } >"$log" 2>&1 &&
		ninja -C "build-$name" >>"$log" 2>&1; then
		passed=$((passed + 1))
		echo "built"
	else
		failed=$((failed + 1))
		grep -E 'error|FAILED' "$log" | head -20
		tail -5 "$log"
	fi
}

# Every unit test of a build as TAP, each Criterion test a line.
unit() {
	local dir=$1 exe
	export LULL_SHARED=$PWD/../shared LULL_SOURCE=$PWD LULL_PROGRAM=$PWD/$dir/lull
	for exe in "$dir"/tests/unit/test_*; do
		[ -x "$exe" ] && [ -f "$exe" ] || continue
		local name rc
		name=$(basename "$exe")
		timeout 300 "$exe" --output=tap:- >"$logs/$name.tap" 2>&1
		rc=$?
		grep -vE '^(TAP version|1\.\.|# Criterion)' "$logs/$name.tap"
		grep -qE '^(not )?ok ' "$logs/$name.tap" || echo "not ok - $name ran no test"
		[ "$rc" -eq 0 ] || grep -q '^not ok ' "$logs/$name.tap" ||
			echo "not ok - $name ended with $rc"
	done
}

stress() {
	local dir=$1 exe
	for exe in "$dir"/tests/stress/stress_*; do
		[ -x "$exe" ] && [ -f "$exe" ] || continue
		if TSAN_OPTIONS=halt_on_error=1 timeout 300 "$exe" 2>&1 | sed 's/^/# /'; [ "${PIPESTATUS[0]}" -eq 0 ]; then
			echo "ok - $(basename "$exe")"
		else
			echo "not ok - $(basename "$exe")"
		fi
	done
}

bench() {
	meson test -C build-gcc --benchmark --no-rebuild 2>&1 | sed -nE \
		-e 's/^ *[0-9]+\/[0-9]+ (.*[^ ]) +OK .*/ok - bench \1/p' \
		-e 's/^ *[0-9]+\/[0-9]+ (.*[^ ]) +(FAIL|TIMEOUT|ERROR) .*/not ok - bench \1/p'
}

say "packages"
tools/install test || exit 1
echo "all there"

sanitize=(-Db_lundef=false -Djemalloc=disabled -Ddpdk=disabled -Dbench=false --buildtype=debugoptimized)
build gcc -Dstress=true
CC=clang build asan "${sanitize[@]}" -Db_sanitize=address,undefined
CC=clang build tsan "${sanitize[@]}" -Db_sanitize=thread -Dtests=false -Dstress=true
CC=clang build fuzz "${sanitize[@]}" -Db_sanitize=address,undefined \
	-Dc_args=-fsanitize=fuzzer-no-link -Dtests=false -Dfuzz=true

export LSAN_OPTIONS=suppressions=$PWD/tests/lsan.supp:print_suppressions=0
export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
suite lint tests/lint/run build-gcc
suite unit-gcc unit build-gcc
suite unit-asan unit build-asan
suite stress-tsan stress build-tsan
suite golden tests/golden/run build-gcc build-asan
suite memory tests/faults/memory build-gcc 29 check "check a mistake" targets replay "replay jsonl" \
	"replay csv" "replay zstd" "replay two workers" detect "detect jsonl" synth "eval sim" "eval events"
suite prometheus tests/golden/prometheus build-gcc
suite reload tests/golden/reload build-gcc
suite unread tests/golden/unread build-gcc
suite lab tests/lab/run build-gcc
suite bench bench
suite fuzz tests/fuzz/run build-fuzz "$FUZZ_SECONDS"

echo
[ $skipped -eq 0 ] || echo "$skipped skipped (each says why above)"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
