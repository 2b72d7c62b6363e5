//! The page of `exec --view`: what the processes left of their blocks.

use crate::commands::destination::{STANDARD_OUTPUT, expect_place};
use crate::commands::print;
use crate::{Failure, Outcome};
use heaplab_page::process::{Blocks, Counted, Held, HeldBlock, ProcessHeap, Processes};
use heaplab_page::process_page;
use heaplab_programs::exec::Ended;
use heaplab_programs::exec::account::Account;
use heaplab_programs::exec::blocks::{Process, Snapshot, Table};
use heaplab_trace::Visible;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Arguments for the page.
#[derive(clap::Args)]
pub(super) struct ViewArguments {
    /// Writes a page at the end with the blocks that each process held, at its peak and at its end:
    /// table, map, contents
    #[arg(long, value_name = "FILE")]
    view: Option<PathBuf>,

    /// Leaves out of the page what the blocks contain
    #[arg(long, requires = "view")]
    no_content: bool,
}

impl ViewArguments {
    pub(super) fn is_wanted(&self) -> bool {
        self.view.is_some()
    }

    /// Checks that the page can be written, before the program runs.
    pub(super) fn expect_file(&self) -> Outcome {
        match &self.view {
            Some(file) if file.as_os_str() == STANDARD_OUTPUT => Err(Failure::Input(
                "error: --view needs a file, because standard output is the program's\n\
                 help: give it a name that ends in .html"
                    .to_owned(),
            )),
            Some(file) => {
                expect_place(file).map_err(|error| Failure::Input(format!("error: {error}")))
            }
            None => Ok(()),
        }
    }

    /// Writes the page, if it is wanted.
    pub(super) fn write(&self, heap: &str, program: &[OsString], ended: Ended) -> Outcome {
        let Some(file) = &self.view else { return Ok(()) };
        let program: Vec<_> = program.iter().map(|word| word.to_string_lossy()).collect();
        let processes = Processes {
            program: program.join(" "),
            heap: heap.to_owned(),
            shows_contents: !self.no_content,
            uncounted: ended.accounts.as_ref().map_or(0, |accounts| accounts.uncounted),
            processes: ended.processes.into_iter().map(process_heap).collect(),
        };
        print::to(Some(file), &process_page(&processes)?)?;
        remark_on(file, &processes);
        Ok(())
    }
}

/// Says what the reader of the page may not expect.
fn remark_on(file: &Path, page: &Processes) {
    let file = file.visible();
    let Some(first) = page.first_shown() else {
        return print::remark(format_args!(
            "{file} has no blocks: no process has used the heap {}\n",
            page.heap
        ));
    };
    let count = page.processes.len();
    if count > 1 {
        let first = &page.processes[first];
        print::remark(format_args!(
            "{file} has {count} processes: {} (pid {}) is shown first, its peak is the largest\n",
            first.name.visible(),
            first.pid
        ));
    }
    for process in page.processes.iter() {
        if let Err(why) = &process.blocks {
            let name = process.name.visible();
            print::remark(format_args!(
                "{file} has no blocks of {name} (pid {}): {why}\n",
                process.pid
            ));
        }
    }
}

fn process_heap(process: Process) -> ProcessHeap {
    let Process { account, table, is_running } = process;
    ProcessHeap {
        name: account.name(),
        pid: account.pid(),
        is_running,
        counted: Counted {
            calls: account.calls(),
            mallocs: account.allocations(),
            reallocs: account.reallocs(),
            frees: account.frees(),
            refused: account.failures(),
            peak_payload_bytes: account.peak_payload_bytes(),
            heap_bytes: account.heap_bytes(),
        },
        blocks: table.map(|table| blocks(&account, table)),
    }
}

fn blocks(account: &Account, table: Table) -> Blocks {
    let peak = (account.peak_payload_bytes(), account.usable_bytes_at_peak());
    let end = (account.payload_bytes(), account.usable_bytes());
    Blocks {
        base: table.base,
        first_call: table.first_call,
        has_last_contents: table.has_last_contents,
        peak: held(table.peak, table.peak_call, account.heap_bytes_at_peak(), peak),
        end: held(table.end, table.last_call, account.heap_bytes(), end),
    }
}

fn held(snapshot: Snapshot, call: u64, heap_bytes: u64, counted: (u64, u64)) -> Held {
    let blocks = snapshot.blocks.iter().map(|block| HeldBlock {
        offset: block.offset,
        size: block.size,
        usable: block.usable,
        call: block.call,
    });
    Held { call, heap_bytes, counted, blocks: blocks.collect(), contents: snapshot.contents }
}
