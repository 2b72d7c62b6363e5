#!/usr/bin/env bash
# Grades the submission beside this package's folder. The last line of its output is
# always the line of scores.
package=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
submission=$(dirname "$package")/@HANDIN@
umask 022
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$package/tools.sh"
use_rust

# If the image was made from exactly this package, everything is already built.
image=${HEAPLAB_IMAGE:-/opt/heaplab}/grader
if cmp -s "$package/manifest.json" "$image/manifest.json"; then
    workspace=$image/workspace
else
    echo "This image was not made from this package: building first, which takes minutes."
    tar xzf "$package/source.tar.gz" -C "$package" && build >"$work/log" 2>&1 || tail -n 20 "$work/log"
fi

if grade "$submission" submission "$work/out" \
    --format autolab -o "$work/scores" >"$work/log" 2>&1 && [ -s "$work/scores" ]; then
    # Autolab keeps only 1 MB of the output.
    head -c 200000 "$work/out/feedback/submission.md"
    echo
    grep . "$work/scores" | tail -n 1
else
    errors_in "$work/log"
    echo "The grader failed. That is not the submission's fault: tell the staff."
    cat "$package/no-scores.json"
fi
exit 0
