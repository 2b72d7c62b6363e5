#!/usr/bin/env bash
# Runs once, as root, when the image is made: installs missing tools, builds, and
# grades a sample. All steps that take minutes are done here, none of them later.
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
# A user that runs a submission must not read hidden traces and solutions.
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
has_rust || { echo "error: Rust @RUST_VERSION@ or later, with rustfmt, is not installed" >&2; exit 1; }

sysroot=$(cd "$workspace" && rustc --print sysroot)
if [ "$(id -u)" = 0 ] && ! setpriv --reuid 61000 --regid 61000 --clear-groups test -x "$sysroot/bin/rustc" 2>/dev/null; then
    echo "warning: only root can read the compiler in $sysroot, so it compiles submissions as root, without root's privileges"
fi

build

# For the first submission the grader builds the crates that all submissions use. The
# result shows whether this package grades like the workspace that made it.
trial=$(mktemp -d)
trap 'rm -rf "$trial"' EXIT
grade "$package/samples/passing" passing "$trial"
if ! grep -q '"verdict": "graded"' "$trial/records/passing.json"; then
    cat "$trial/feedback/passing.md" >&2
    echo "error: a sample that must be graded is not" >&2
    exit 1
fi
if [ -f "$package/lab.sha256" ]; then
    (cd "$workspace" && sha256sum --check --quiet "$package/lab.sha256") ||
        { echo "error: the lab's files are not those that the package was made with" >&2; exit 1; }
fi
for sha256 in @HASHES@; do
    if ! grep -q "$sha256" "$trial/records/passing.json"; then
        echo "error: the package has changed since it was made: the record of a sample lacks $sha256" >&2
        exit 1
    fi
done
echo "ready: lab $lab"
