//! The file with the current case of a fuzzing worker: if the worker is lost, the case is known.

use crate::Case;
use heaplab_arena::Refuse;
use heaplab_trace::{Dialect, Inexpressible, Trace, write};
use heaplab_worker::Refusal;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// The first line of a case's file, in JSON; its trace comes after it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CaseFile {
    /// The case's number, from 0.
    pub number: u64,
    /// The heap limit in bytes: `sbrk` fails beyond it.
    pub limit_bytes: u32,
    /// Which calls of `sbrk` fail.
    pub refusal: Refusal,
    /// How many bytes the trace has: what comes after them is left from a case before.
    trace_bytes: usize,
}

impl CaseFile {
    /// Returns the case in a file, and its trace as a file has it.
    pub fn read(bytes: &[u8]) -> Option<(CaseFile, &[u8])> {
        let end = bytes.iter().position(|&byte| byte == b'\n')?;
        let case: CaseFile = serde_json::from_slice(&bytes[..end]).ok()?;
        let trace = bytes.get(end + 1..)?.get(..case.trace_bytes)?;
        Some((case, trace))
    }

    /// Writes a case.
    pub(super) fn write(file: &File, case: &Case) -> io::Result<()> {
        let trace = in_file(&case.trace);
        let (from, once) = match case.refuse {
            Refuse::Never => (None, false),
            Refuse::Once(call) => (Some(call), true),
            Refuse::From(call) => (Some(call), false),
        };
        let head = CaseFile {
            number: case.number,
            limit_bytes: case.limit_bytes,
            refusal: Refusal { from, once, may_run_out: true },
            trace_bytes: trace.len(),
        };
        let mut bytes = serde_json::to_vec(&head)?;
        bytes.push(b'\n');
        bytes.extend(trace);
        file.write_all_at(&bytes, 0)
    }
}

/// Returns a trace as a file has it, in the dialect that can express everything.
pub fn in_file(trace: &Trace) -> Vec<u8> {
    match write(trace, Dialect::Extended, Inexpressible::Rewrite) {
        Ok(written) => written.bytes,
        Err(_) => unreachable!("operations that the dialect can't express are rewritten"),
    }
}
