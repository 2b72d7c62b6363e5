#!/usr/bin/env bash
# The step that grades: leaves `result` for the reporter, with the points of each
# part, whatever happens.
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
output=${GITHUB_OUTPUT:-/dev/stdout}
summary=${GITHUB_STEP_SUMMARY:-/dev/stdout}
umask 022
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A fresh clone is newer than what was built before, and is the same.
find crates -exec touch -d 2020-01-01 {} +

if cargo build --quiet --locked --offline --package heaplab &&
    "${CARGO_TARGET_DIR:-target}/debug/heaplab" grade labs/@LAB@ --as submission --lab @LAB@ \
        --out "$work/out" --format classroom -o "$work/result" && [ -s "$work/result" ]; then
    grep . "$work/result" >>"$output"
    cat "$work/out/feedback/submission.md" >>"$summary"
else
    echo "The grader failed, see above. Are files changed that are not yours to change?"
    echo '@NO_RESULT@' >>"$output"
fi
exit 0
