# What the scripts of this package share. `package` is its folder; a script sets it
# before it reads this file.

lab=@LAB@
workspace=$package/workspace

# Where setup.sh puts Rust: not below a home, so that the user who compiles a
# submission may read it.
rust=/opt/rust

use_rust() {
    if [ -x "$rust/cargo/bin/cargo" ]; then
        export RUSTUP_HOME=$rust/rustup CARGO_HOME=$rust/cargo
        export PATH=$rust/cargo/bin:$PATH
    fi
}

# Is there a compiler that is new enough, with rustfmt?
has_rust() {
    local version
    version=$(cd "$workspace" && rustc --version 2>/dev/null) || return 1
    (cd "$workspace" && rustfmt --version >/dev/null 2>&1) || return 1
    version=${version#rustc }
    version=${version%% *}
    [ "$(printf '%s\n' "$version" @RUST_VERSION@ | sort -V | head -n 1)" = @RUST_VERSION@ ]
}

build() {
    (cd "$workspace" && cargo build --quiet --locked --offline --package heaplab)
}

# grade SUBMISSION NAME OUT OPTION..: the record, the feedback and the gradebook
# go to the folder OUT.
grade() {
    local submission=$1 name=$2 out=$3 folder
    shift 3
    local hidden=()
    for folder in "$package"/hidden/*/; do
        if [ -d "$folder" ]; then
            hidden+=(--traces "$folder")
        fi
    done
    (
        cd "$workspace" &&
            "${CARGO_TARGET_DIR:-$workspace/target}/debug/heaplab" grade "$submission" --as "$name" \
                --lab "$lab" --out "$out" "${hidden[@]}" "$@"
    )
}

# The errors in a log, but for lines that speak of hidden traces.
errors_in() {
    grep -E '^(error|help)' "$1" | grep -v hidden | head -n 20
}
