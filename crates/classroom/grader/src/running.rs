//! What the program of a submission may do, and how long.

use heaplab_sandbox::{Limits, Spec};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Time limit for a program that reports nothing. It reports in each second of CPU time in which
/// operations begin, and ends itself if one takes too long: this limit is for a program that can't.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// Address space if the worker can't limit itself: one machine of 4 GiB, and a reserve.
const ADDRESS_SPACE_BYTES: u64 = 8 << 30;

/// Returns what a submission's program may do: compute, and talk to its grader.
pub(crate) fn run_spec(folder: &Path, user: u32) -> Spec {
    Spec {
        // The worker limits its own memory, and must know its size for that.
        read_only: vec![folder.to_owned(), PathBuf::from("/proc/self/statm")],
        limits: Limits {
            cpu_seconds: Some(600),
            address_space_bytes: Some(ADDRESS_SPACE_BYTES),
            file_bytes: Some(0),
            open_files: Some(16),
            tasks: Some(16),
            ..Limits::default()
        },
        fixed_addresses: true,
        drop_root: Some(user),
        environment: BTreeMap::from([("RUST_BACKTRACE".to_owned(), "0".to_owned())]),
        ..Spec::default()
    }
    .with_system_libraries()
}
