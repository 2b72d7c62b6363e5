#!/usr/bin/env bash
# Runs once, as root, when the image is made: gets what is missing, builds, and
# grades a sample. What takes minutes is done here, and nothing of it later.
set -euo pipefail
umask 022
package=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$package/tools.sh"
if [ -f "$package/source.tar.gz" ]; then
    tar xzf "$package/source.tar.gz" -C "$package"
fi

if [ "$(id -u)" = 0 ]; then
    chown -R root:root "$package"
    chmod -R a+rX "$package"
fi
# A user who runs a submission can't read hidden traces and solutions.
for folder in hidden samples; do
    if [ -d "$package/$folder" ]; then
        chmod -R go= "$package/$folder"
    fi
done

use_rust
if ! command -v cc >/dev/null || ! { has_rust || command -v curl >/dev/null; }; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update
    apt-get install -y --no-install-recommends gcc libc6-dev curl ca-certificates
fi
if ! has_rust; then
    export RUSTUP_HOME=$rust/rustup CARGO_HOME=$rust/cargo
    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs |
        sh -s -- -y --no-modify-path --profile minimal --component rustfmt --default-toolchain @TOOLCHAIN@
    use_rust
fi
has_rust || { echo "error: there is no Rust @RUST_VERSION@ or later, with rustfmt" >&2; exit 1; }

sysroot=$(cd "$workspace" && rustc --print sysroot)
if [ "$(id -u)" = 0 ] && ! setpriv --reuid 61000 --regid 61000 --clear-groups test -x "$sysroot/bin/rustc" 2>/dev/null; then
    echo "warning: only root can read the compiler in $sysroot: it compiles submissions as root, without root's privileges"
fi

build

# The first submission has the grader build what all are compiled against, and
# shows whether this package grades as the workspace that it was made from.
trial=$(mktemp -d)
trap 'rm -rf "$trial"' EXIT
grade "$package/samples/passing" passing "$trial"
if ! grep -q '"verdict": "graded"' "$trial/records/passing.json"; then
    cat "$trial/feedback/passing.md" >&2
    echo "error: a sample that must be graded is not" >&2
    exit 1
fi
for sha256 in @LAB_SHA256@ @HARNESS_SHA256@; do
    if ! grep -q "$sha256" "$trial/records/passing.json"; then
        echo "error: the package has changed since it was made: no $sha256 in the record of a sample" >&2
        exit 1
    fi
done
echo "ready: lab $lab"
