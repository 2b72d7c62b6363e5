//! How to read a file.

use crate::Tool;
use heaplab_trace::ReadOptions;

/// The most operations of a trace in memory, by default: 4 GiB of them.
const MOST_OPERATIONS: usize = 1 << 28;

/// How to read a file.
#[derive(Clone, Debug)]
pub struct Options {
    /// How to read it if it is a trace. If a dialect is forced, it is not a log.
    pub trace: ReadOptions,
    /// The tool whose log it is; `None` to detect it.
    pub tool: Option<Tool>,
    /// The processes whose calls count, by PID; all if empty. For ltrace these may be
    /// threads of one process.
    pub pids: Vec<u32>,
    /// The most operations that a log may have.
    pub limit_operations: usize,
}

impl Default for Options {
    /// Returns options that detect what the file is, and take all of it.
    fn default() -> Self {
        Options::from(ReadOptions::default())
    }
}

impl From<ReadOptions> for Options {
    fn from(trace: ReadOptions) -> Options {
        Options { trace, tool: None, pids: Vec::new(), limit_operations: MOST_OPERATIONS }
    }
}
