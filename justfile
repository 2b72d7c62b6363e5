# What is done often. `just` lists it.

_default:
    @just --list

# The main job: every bundled trace on the four heaps, beside the C library.
run *ARGUMENTS:
    cargo run --release -- run {{ARGUMENTS}}

# All tests.
test:
    cargo test --workspace

# What CI runs.
ci:
    .ci/run

# Format, then lint with warnings denied.
lint:
    cargo fmt --all
    cargo clippy --workspace --all-targets -- -D warnings

# Look at changed snapshots (cargo install cargo-insta).
review:
    cargo insta review

# Speed, as ratios against the empty loop and the C library.
bench *ARGUMENTS:
    cargo bench {{ARGUMENTS}}

# The documentation of all crates.
doc:
    cargo doc --workspace --no-deps --open

# Every combination of policies on every trace, at both alignments.
every-policy:
    .ci/every-policy

# Damaged traces and logs, a million for each reader: none may panic or hang.
mutated-inputs *ARGUMENTS:
    .ci/mutated-inputs {{ARGUMENTS}}

# Whole classes, graded: submissions that cheat or never end, and known sources.
grading:
    .ci/grading

# Every broken allocator of tests/mutants: what finds it, and where.
mutants:
    .ci/mutants

# Every mistake that is planted in a heap in C: at which line it is found.
c-faults:
    .ci/c-faults

# A lab's own program: `just lab 1-implicit hint`.
lab NAME *WORDS:
    cargo run -p lab-{{NAME}} -- {{WORDS}}

# Both files of all labs, made anew from the references.
starters:
    cargo run -- starter --all

# rpmalloc and snmalloc as libraries to put in front of programs: for bench-programs.
preload-libraries:
    .ci/preload-libraries

# Every picture of the docs, drawn again; `--check` compares.
pictures *ARGUMENTS:
    .ci/pictures {{ARGUMENTS}}

# The archive from which heaplab works without Rust: target/dist (docs/install.md).
dist *ARGUMENTS:
    .ci/dist {{ARGUMENTS}}
