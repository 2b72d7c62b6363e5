#!/usr/bin/env bash
# The step that grades: it always writes `result` for the reporter, with the points of
# each part.
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
output=${GITHUB_OUTPUT:-/dev/stdout}
summary=${GITHUB_STEP_SUMMARY:-/dev/stdout}
umask 022
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Says whether the lab and the harness are those that the repository began with.
as_handed_out() {
    local sha256 same=yes
    if [ -f .github/classroom/lab.sha256 ]; then
        sha256sum --check --quiet .github/classroom/lab.sha256 || same=no
    fi
    for sha256 in @HASHES@; do
        grep -q "$sha256" "$work/out/records/submission.json" || same=no
    done
    if [ "$same" = no ]; then
        echo "The lab or the grader is not as it was handed out: only @SOURCE@ may be changed."
        echo "\`git log --stat\` shows which files were changed."
        return 1
    fi
}

# The sources are the same, but a fresh clone is newer than the cached build.
find crates -exec touch -d 2020-01-01 {} +

if cargo build --quiet --locked --offline --package heaplab &&
    "${CARGO_TARGET_DIR:-target}/debug/heaplab" grade @GRADED@ --as submission --lab @LAB@ \
        --out "$work/out" --format classroom -o "$work/result" && [ -s "$work/result" ] &&
    as_handed_out; then
    grep . "$work/result" >>"$output"
    cat "$work/out/feedback/submission.md" >>"$summary"
else
    echo "The grader failed, see above. Did you change files other than @SOURCE@?"
    echo '@NO_RESULT@' >>"$output"
fi
exit 0
