//! Prints TABLE.md: for every mutant, what finds it, where, and how small the shrunk trace is.
//!
//! ```console
//! $ cargo run --release -p heaplab-mutants --bin table > tests/mutants/TABLE.md
//! ```
//!
//! With `--every K`, prints only the row of every Kth mutant; with `--design NAME`, only those of
//! one design.
//!
//! It runs the command in a process, in which a heap may hang or crash; this
//! process is the same program, which is the lab if it has other arguments.
#![forbid(unsafe_code)]

mod command;
mod row;
mod totals;

use heaplab_mutants::{Specimen, all};
use row::Row;
use std::env;
use std::error::Error;
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

const INTRODUCTION: &str = "\
# What finds the mutants

Printed by `cargo run --release -p heaplab-mutants --bin table`; nothing in it is a time, so it
is the same everywhere. The lists are in `src/list`.

- **checked machine**: the first trace of `labs/traces` (classic, then shapes, then recorded) on
  which `heaplab check` stops the mutant, with what and at which operation, counted from 0; without
  one, the empty heap is at fault.
- **plain validity**: what `heaplab run` says of the same trace.
- **waste**: what `heaplab waste` says of it. `docs/hunt.md` explains why the commands do not all
  see the same.
- **difference**: the first operation after which the mutant's answer, break or heap differs from
  the original's. A fault that is only in the allocator's struct, or in what it reads, makes none
  at first.
- **shrunk**: `heaplab check --shrink` on that trace: its operations, and how many are left.
- **fuzz**: `heaplab fuzz --seed 1 --ops 1000000`, on the default machine: the case it was found in,
  its operations, and how many are left; none where it does not fail again.
- **shortest**: the operations in the list.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let printed = match words[..] {
        [] => print_table(),
        ["--every", number] => print_every(number),
        ["--design", name] => print_rows(all().filter(|one| one.design == name).collect()),
        _ => return heaplab_mutants::lab().main(),
    };
    match printed {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn print_table() -> Result<(), Box<dyn Error>> {
    let rows = rows(all().collect())?;
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

fn print_every(number: &str) -> Result<(), Box<dyn Error>> {
    let every: NonZeroUsize = number.parse()?;
    print_rows(all().step_by(every.get()).collect())
}

fn print_rows(specimens: Vec<Specimen>) -> Result<(), Box<dyn Error>> {
    for row in rows(specimens)? {
        println!("{row}");
    }
    Ok(())
}

/// Returns the rows of mutants, in order; it makes as many at once as there are cores.
fn rows(specimens: Vec<Specimen>) -> Result<Vec<Row>, Box<dyn Error>> {
    let traces = command::traces()?;
    let rows: Vec<OnceLock<_>> = specimens.iter().map(|_| OnceLock::new()).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let (Some(specimen), Some(row)) = (specimens.get(index), rows.get(index)) else {
                break;
            };
            row.get_or_init(|| Row::of(*specimen, &traces).map_err(|error| error.to_string()));
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, NonZeroUsize::get) {
            scope.spawn(work);
        }
    });
    let rows: Result<Vec<Row>, String> =
        rows.into_iter().filter_map(OnceLock::into_inner).collect();
    Ok(rows?)
}
