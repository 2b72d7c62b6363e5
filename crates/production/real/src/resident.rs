//! Measures how much memory an allocator takes of the host.
//!
//! Each allocator counts its memory in its own way. One measure serves all: the pages that the
//! process has from the host for itself when the program holds most, minus those that it had before
//! the first operation. Three things make the measure fair:
//!
//! - a fresh process for each allocator and trace, started without huge pages, which come with 2
//!   MiB per touch ([`NoHugePages`]);
//! - memory that the C library has free from before is used up first;
//! - the program writes to all of every payload, as programs do.

use heaplab_replay::{Heartbeat, Payloads, Program, Subject, TooManyBlocks};
use heaplab_trace::{Id, Op, Trace};
use std::fs::File;
use std::hint::black_box;
use std::io;
use std::os::unix::fs::FileExt;

/// The measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resident {
    /// Bytes that the program held at its peak.
    pub peak_payload_bytes: u64,
    /// Bytes that the process then had from the host, minus those before the first operation.
    pub resident_bytes: u64,
}

/// A trace, with everything that must be computed before the measurement.
#[derive(Debug)]
pub struct Prepared {
    program: Program,
    /// The index of the operation after which most bytes are live.
    peak_op: usize,
    peak_payload_bytes: u64,
}

impl Prepared {
    /// Prepares a trace.
    ///
    /// # Errors
    /// If more blocks are live at once than a program has slots.
    pub fn new(trace: &Trace) -> Result<Prepared, TooManyBlocks> {
        let (peak_op, peak_payload_bytes) = peak(trace);
        Ok(Prepared { program: Program::new(trace)?, peak_op, peak_payload_bytes })
    }
}

/// Measures a subject, made by `make`, on a trace; each operation moves `heartbeat`. The process
/// should be fresh, with one thread.
///
/// # Errors
/// If there is no subject, or the host does not report the memory of a process; only Linux does.
pub fn measure<S: Payloads>(
    make: impl FnOnce() -> io::Result<S>,
    prepared: &Prepared,
    heartbeat: &Heartbeat,
) -> io::Result<Resident> {
    let program = &prepared.program;
    let mut slots = vec![S::NULL; program.slots()];
    // The slots' zeroed pages are mapped at the first write.
    slots.iter_mut().for_each(|slot| *slot = black_box(S::NULL));
    let pages = Pages::open()?;
    settle();
    let before = pages.bytes()?;
    let mut counting = UntilPeak {
        subject: make()?,
        calls: 0,
        peak_op: prepared.peak_op,
        pages: &pages,
        at_peak: None,
    };
    program.replay(&mut counting, &mut slots, heartbeat);
    let at_peak = counting.at_peak.unwrap_or(Ok(before))?;
    Ok(Resident {
        peak_payload_bytes: prepared.peak_payload_bytes,
        resident_bytes: at_peak.saturating_sub(before),
    })
}

/// Returns the index of the operation after which most bytes are live, and that number of bytes.
fn peak(trace: &Trace) -> (usize, u64) {
    let mut sizes = vec![0u32; trace.ids() as usize];
    let (mut live, mut most) = (0u64, (0, 0));
    for (index, &op) in trace.ops().iter().enumerate() {
        let mut resize = |id: Id, size: u32| {
            live -= u64::from(std::mem::replace(&mut sizes[id.index()], size));
            live += u64::from(size);
        };
        match op {
            Op::Malloc { id, size }
            | Op::Calloc { id, size }
            | Op::Memalign { id, size, .. }
            | Op::Realloc { id, size } => resize(id, size),
            Op::Free { id } => resize(id, 0),
            Op::FreeNull | Op::Write { .. } => {}
        }
        if live > most.1 {
            most = (index, live);
        }
    }
    most
}

/// While this value lives, this process and those that it starts get no huge pages.
///
/// A process must start that way: an allocator may get its first huge page before `main`, and a
/// trace that fits in it would seem to take no memory.
#[derive(Debug)]
pub struct NoHugePages(());

impl NoHugePages {
    /// Turns huge pages off.
    #[expect(clippy::new_without_default, reason = "it does something")]
    pub fn new() -> NoHugePages {
        disable_huge_pages(true);
        NoHugePages(())
    }
}

impl Drop for NoHugePages {
    fn drop(&mut self) {
        disable_huge_pages(false);
    }
}

fn disable_huge_pages(yes: bool) {
    #[cfg(target_os = "linux")]
    // SAFETY: it only changes how this process gets memory.
    unsafe {
        libc::prctl(libc::PR_SET_THP_DISABLE, libc::c_ulong::from(yes), 0, 0, 0);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = yes;
}

/// Uses up all memory that the C library has free from before: it would serve the trace from there,
/// and seem to need less than it does.
///
/// Whole free pages are given back first. The rest is between blocks in use, and is taken block by
/// block, from large to small, until every new block comes from the end of the heap.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn settle() {
    /// Smaller than the blocks that get a mapping of their own.
    const LARGEST_BYTES: usize = 64 << 10;
    const SMALLEST_BYTES: usize = 16;
    // SAFETY: only its own blocks are given back. Those that are kept are lost on
    // purpose, with a process that ends soon.
    unsafe {
        libc::malloc_trim(0);
        let at_the_end = libc::malloc(LARGEST_BYTES);
        libc::free(at_the_end);
        let mut bytes = LARGEST_BYTES;
        while bytes >= SMALLEST_BYTES {
            let block = libc::malloc(bytes);
            if block >= at_the_end {
                libc::free(block);
                bytes -= SMALLEST_BYTES;
            }
        }
        libc::malloc_trim(0);
    }
}

/// Other C libraries don't report what they have free.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn settle() {}

/// The kernel's figures for the process, which can be read without allocating.
struct Pages(File);

impl Pages {
    fn open() -> io::Result<Pages> {
        File::open("/proc/self/smaps_rollup").map(Pages)
    }

    /// Returns the bytes that are not backed by a file: this leaves out the program's text, which
    /// is loaded as it is called.
    fn bytes(&self) -> io::Result<u64> {
        let mut text = [0; 4096];
        let length = self.0.read_at(&mut text, 0)?;
        let text = str::from_utf8(&text[..length]).map_err(io::Error::other)?;
        let kilobytes = text
            .lines()
            .find_map(|line| line.strip_prefix("Anonymous:"))
            .and_then(|rest| rest.trim().strip_suffix("kB"))
            .and_then(|number| number.trim().parse::<u64>().ok());
        match kilobytes {
            Some(kilobytes) => Ok(kilobytes * 1024),
            None => Err(io::Error::other("/proc/self/smaps_rollup has no `Anonymous`")),
        }
    }
}

/// A subject whose payloads are written to, and that reads the kernel's figures after the operation
/// at the peak. Each operation of a program is one call.
struct UntilPeak<'a, S> {
    subject: S,
    calls: usize,
    peak_op: usize,
    pages: &'a Pages,
    at_peak: Option<io::Result<u64>>,
}

impl<S: Payloads> UntilPeak<'_, S> {
    fn new_block(&mut self, ptr: S::Ptr, size: u32) -> S::Ptr {
        self.subject.payload_mut(ptr, size).fill(0xa5);
        self.called();
        ptr
    }

    fn called(&mut self) {
        if self.calls == self.peak_op {
            self.at_peak = Some(self.pages.bytes());
        }
        self.calls += 1;
    }
}

impl<S: Payloads> Subject for UntilPeak<'_, S> {
    type Ptr = S::Ptr;
    const NULL: S::Ptr = S::NULL;

    fn malloc(&mut self, size: u32) -> S::Ptr {
        let ptr = self.subject.malloc(size);
        self.new_block(ptr, size)
    }

    fn free(&mut self, ptr: S::Ptr) {
        self.subject.free(ptr);
        self.called();
    }

    fn realloc(&mut self, ptr: S::Ptr, size: u32) -> S::Ptr {
        let ptr = self.subject.realloc(ptr, size);
        self.new_block(ptr, size)
    }

    fn calloc(&mut self, size: u32) -> S::Ptr {
        let ptr = self.subject.calloc(size);
        self.new_block(ptr, size)
    }

    fn memalign(&mut self, align_bytes: u32, size: u32) -> S::Ptr {
        let ptr = self.subject.memalign(align_bytes, size);
        self.new_block(ptr, size)
    }
}
