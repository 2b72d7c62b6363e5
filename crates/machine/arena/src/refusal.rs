//! The error when the host refuses address space: which limit refused, and what to do.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};

/// The host refused address space for the machine.
#[derive(Debug)]
pub struct ReserveError {
    bytes: usize,
    by: Limit,
    error: io::Error,
}

/// The limit that refuses address space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Limit {
    /// The address space of a process: at most `most` bytes, of which `used` are in use.
    AddressSpace { most: u64, used: u64 },
    /// A process's private writable memory (Linux counts what may be written, touched or not).
    Data { most: u64, used: u64 },
    /// The system does not promise more memory than it has.
    Overcommit,
    /// A limit that this module does not know.
    Unknown,
}

impl ReserveError {
    /// Makes the error for `bytes` bytes that were refused just now.
    pub(crate) fn new(bytes: usize, error: io::Error) -> ReserveError {
        let by = Limit::that_refuses(bytes as u64);
        ReserveError { bytes, by, error }
    }
}

impl Limit {
    /// Returns the first limit that refuses a private mapping of `bytes` bytes. Allocates
    /// nothing: there may be no memory left.
    fn that_refuses(bytes: u64) -> Limit {
        let [total, _, _, _, _, data, _] = statm();
        let limits = [(rlimit(Resource::AddressSpace), total), (rlimit(Resource::Data), data)];
        match limits {
            [(Some(most), used), _] if used + bytes > most => Limit::AddressSpace { most, used },
            [_, (Some(most), used)] if used + bytes > most => Limit::Data { most, used },
            _ if first_number("/proc/sys/vm/overcommit_memory") == 2 => Limit::Overcommit,
            _ => Limit::Unknown,
        }
    }
}

impl fmt::Display for ReserveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the host refused to reserve {} MiB of address space for the simulated machine: ",
            self.bytes >> 20
        )?;
        let kib = |bytes: u64| bytes >> 10;
        match self.by {
            Limit::AddressSpace { most, used } => write!(
                f,
                "`ulimit -v` allows this process {} KiB, and {} are in use\n\
                 help: the space is only set aside, not used; raise the limit with \
                 `ulimit -v unlimited`",
                kib(most),
                kib(used)
            ),
            Limit::Data { most, used } => write!(
                f,
                "`ulimit -d` allows this process {} KiB of data, and {} are in use\n\
                 help: the space is only set aside, not used; raise the limit with \
                 `ulimit -d unlimited`",
                kib(most),
                kib(used)
            ),
            Limit::Overcommit => write!(
                f,
                "the system does not reserve more memory than it has: \
                 /proc/sys/vm/overcommit_memory is 2\n\
                 help: the space is only set aside, not used; set it to 0 or 1 \
                 (`sysctl vm.overcommit_memory=0`)"
            ),
            Limit::Unknown => write!(
                f,
                "{}\n\
                 help: `ulimit -v` and `ulimit -d` do not refuse it; perhaps the process has \
                 too many mappings (/proc/sys/vm/max_map_count)",
                self.error
            ),
        }
    }
}

impl std::error::Error for ReserveError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

#[derive(Clone, Copy)]
enum Resource {
    AddressSpace,
    Data,
}

/// Returns the limit of this process, in bytes; `None` if it has none.
#[expect(unsafe_code, reason = "a call of the C library")]
fn rlimit(resource: Resource) -> Option<u64> {
    let mut limit = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: libc::RLIM_INFINITY };
    let resource = match resource {
        Resource::AddressSpace => libc::RLIMIT_AS,
        Resource::Data => libc::RLIMIT_DATA,
    };
    // SAFETY: it writes one rlimit, which is there.
    let failed = unsafe { libc::getrlimit(resource, &mut limit) } != 0;
    (!failed && limit.rlim_cur != libc::RLIM_INFINITY).then_some(limit.rlim_cur)
}

/// Returns the seven numbers of /proc/self/statm, in bytes: the first is the address
/// space in use, the sixth private writable memory with the stack. Zeros if it can't be read.
#[expect(unsafe_code, reason = "a call of the C library")]
fn statm() -> [u64; 7] {
    // SAFETY: it only reads a constant.
    let page_bytes = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    let page_bytes = u64::try_from(page_bytes).unwrap_or(0);
    numbers("/proc/self/statm").map(|pages| pages * page_bytes)
}

fn first_number(path: &str) -> u64 {
    numbers::<1>(path)[0]
}

/// Returns the first numbers in a small file.
fn numbers<const N: usize>(path: &str) -> [u64; N] {
    let mut text = [0; 256];
    let read = File::open(path).and_then(|mut file| file.read(&mut text));
    let text = str::from_utf8(&text[..read.unwrap_or(0)]).unwrap_or("");
    let mut found = text.split_whitespace().map(|word| word.parse().unwrap_or(0));
    std::array::from_fn(|_| found.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(by: Limit) -> String {
        let error = io::Error::from_raw_os_error(libc::ENOMEM);
        let refused = ReserveError { bytes: 1 << 32, by, error };
        refused.to_string()
    }

    #[test]
    fn the_limit_is_named_with_its_numbers() {
        let (most, used) = (1_000_000 << 10, 20 << 10);
        let address_space = said(Limit::AddressSpace { most, used });
        assert!(address_space.contains("4096 MiB"), "{address_space}");
        assert!(
            address_space
                .contains("`ulimit -v` allows this process 1000000 KiB, and 20 are in use"),
            "{address_space}"
        );
        assert!(said(Limit::Data { most, used }).contains("ulimit -d"));
        assert!(said(Limit::Overcommit).contains("overcommit_memory is 2"));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_memory_in_use_is_known() {
        let [total, resident, .., data, _] = statm();
        assert!(total > resident && resident > 0 && data > 0, "{:?}", statm());
    }
}
