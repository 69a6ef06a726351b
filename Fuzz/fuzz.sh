#!/bin/sh
# Runs libFuzzer with the address sanitizer over the readers of files: fuzz.sh [SECONDS [READER ...]]
# All but that of ONNX by default, which takes long to build: fuzz.sh 60 onnx
#
# New inputs and crashes stay in .build/fuzz/corpus/READER and .build/fuzz/crashes.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-60}
[ $# -gt 0 ] && shift
SWIFT=${SWIFT:-swift}
build=${FUZZ_BUILD:-.build/fuzz}
[ $# -gt 0 ] || set -- safetensors safetensors-header npy npz pt pickle tflite gguf idx gzip image csv jsonl json
mkdir -p "$build/crashes"
# What was fetched for the other build is not fetched again.
for part in checkouts repositories workspace-state.json; do
  [ ! -e ".build/$part" ] || [ -e "$build/$part" ] || cp -r ".build/$part" "$build/"
done

case " $* " in *" onnx "*) what=onnx ;; *) what=weights ;; esac
LEPTON_FUZZ=$what $SWIFT build -c release --product LeptonFuzz --scratch-path "$build" \
  -Xswiftc -sanitize=fuzzer,address -Xcc -fsanitize=address,fuzzer-no-link -Xlinker -rpath -Xlinker '$ORIGIN'
program=$build/release/LeptonFuzz

golden=Tests/LeptonFormatsTests/Golden
onnx=Tests/LeptonONNXTests/Golden
seeds() {
  case $1 in
    onnx) ls $onnx/*.onnx ;;
    safetensors) ls $golden/*.safetensors ;;
    safetensors-header) ls Fuzz/Seeds/header* ;;
    npy) ls $onnx/*.npy | head -n 40 ;;
    npz) ls $golden/*.npz ;;
    pt) ls $golden/*.pt ;;
    pickle) ls Fuzz/Seeds/*.pkl ;;
    tflite) ls $golden/*.tflite ;;
    gguf) ls $golden/*.gguf ;;
    *) ls Fuzz/Seeds/"$1"* ;;
  esac
}

failed=0
for reader; do
  corpus=$build/corpus/$reader
  mkdir -p "$corpus"
  seeds "$reader" | while read -r file; do cp "$file" "$corpus/"; done
  # Without the variable the crash handler of Swift hangs.
  if SWIFT_BACKTRACE=enable=no LEPTON_READER=$reader ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=0 \
    "$program" "$corpus" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -malloc_limit_mb=1024 \
    -max_len=65536 -print_final_stats=1 -artifact_prefix="$build/crashes/$reader-" > "$build/$reader.log" 2>&1
  then verdict=clean; else verdict="CRASHED, see $build/$reader.log"; failed=1; fi
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$build/$reader.log")
  covered=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$build/$reader.log" | tail -n 1)
  printf '%-20s %10s runs  %6s edges  %s\n' "$reader" "${runs:-?}" "${covered:-?}" "$verdict"
done
exit $failed
