//! Prints TABLE.md: for every mutant, what finds it, where, and how small the trace is that is
//! left.
//!
//! ```console
//! $ cargo run --release -p heaplab-mutants --bin table > tests/mutants/TABLE.md
//! ```
//!
//! It runs the command, in which a heap may hang or crash; the command is this
//! program itself, which is the lab when it has arguments.
#![forbid(unsafe_code)]

mod command;
mod row;
mod totals;

use heaplab_mutants::all;
use row::Row;
use std::error::Error;
use std::process::ExitCode;

const INTRODUCTION: &str = "\
# What finds the mutants

Printed by `cargo run --release -p heaplab-mutants --bin table`; nothing in it is a time, so it
is the same everywhere. The lists are in `src/list`.

- **checked machine**: the first trace of `labs/traces` (classic, then shapes, then recorded) on which
  `heaplab check` stops the mutant, with what and at which operation, counted from 0; without one, the empty heap is at fault.
- **plain validity**: what `heaplab run` says of the same trace.
- **difference**: the first operation after which the mutant's answer, break or heap is another than the
  original's. A fault that is in the allocator's struct alone, or in what it reads, makes none at first.
- **shrunk**: `heaplab check --shrink` on that trace: its operations, and how many are left.
- **fuzz**: `heaplab fuzz --seed 1 --ops 1000000`, on the default machine: the case it was found in, its operations, and how
  many are left; none where it does not fail again.
- **shortest**: the operations in the list.
";

fn main() -> ExitCode {
    if std::env::args_os().len() > 1 {
        return heaplab_mutants::lab().main();
    }
    match print_table() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn print_table() -> Result<(), Box<dyn Error>> {
    let traces = command::traces()?;
    let mut rows = Vec::new();
    for specimen in all() {
        rows.push(Row::of(specimen, &traces)?);
    }
    print!("{INTRODUCTION}\n{}", totals::of(&rows));
    let mut design = "";
    for row in &rows {
        if row.specimen.design != design {
            design = row.specimen.design;
            print!("\n## {design}\n\n{}", row::HEAD);
        }
        println!("{row}");
    }
    Ok(())
}
