//! Opens a log: at the first heap call, and in each forked child.
//!
//! Uses system calls only. `errno` is restored, because a successful `malloc` may not change it.

use super::path::Path;
use super::{LOG, Log, OFF, UNOPENED, room};
use crate::format::{
    CAPACITY_VARIABLE, DEFAULT_CAPACITY_RECORDS, DIRECTORY_VARIABLE, DISK_FULL_BYTES, HEADER_BYTES,
    MAGIC, RECORD_BYTES, header,
};
use crate::nested;
use crate::next::{self, Allocator};
use crate::system::{self, File};
use core::ffi::{CStr, c_char};
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicU64, Ordering};

/// Opens the log. A call from inside (the C library may allocate to register the fork handlers)
/// finds the log off and is not recorded.
#[cold]
pub fn at_first_call() -> Option<Log> {
    LOG.compare_exchange(UNOPENED, OFF, Ordering::AcqRel, Ordering::Acquire).ok()?;
    let errno = next::errno();
    let log = open_by_environment();
    next::set_errno(errno);
    log
}

fn open_by_environment() -> Option<Log> {
    let Environment::Ready { directory, capacity } = environment() else {
        // The loader itself has called malloc, before the C library has the environment: try again
        // at the next call.
        LOG.store(UNOPENED, Ordering::Release);
        return None;
    };
    let log = create(directory?, capacity, None).ok()?;
    // SAFETY: the three handlers have the type asked for and live as long as the
    // process, because a preloaded library is never unloaded.
    unsafe { libc::pthread_atfork(Some(before_fork), None, Some(in_child)) };
    LOG.store(log.0.as_ptr(), Ordering::Release);
    Some(log)
}

/// What the command requests through the environment.
enum Environment {
    TooEarly,
    Ready { directory: Option<&'static CStr>, capacity: u64 },
}

fn environment() -> Environment {
    unsafe extern "C" {
        static environ: *const *const c_char;
    }
    // SAFETY: the C library owns this word; reading it is what it is for.
    if unsafe { environ }.is_null() {
        return Environment::TooEarly;
    }
    let capacity = variable(CAPACITY_VARIABLE)
        .and_then(|text| text.to_str().ok()?.parse().ok())
        .unwrap_or(DEFAULT_CAPACITY_RECORDS);
    Environment::Ready { directory: variable(DIRECTORY_VARIABLE), capacity }
}

/// Reads an environment variable. No code has run yet that could be changing it.
fn variable(name: &str) -> Option<&'static CStr> {
    let mut c_name = Path::new();
    c_name.push(name.as_bytes());
    // SAFETY: the argument is a C string.
    let value = NonNull::new(unsafe { libc::getenv(c_name.as_c_str()?.as_ptr()) })?;
    // SAFETY: getenv returns a C string in the environment block.
    Some(unsafe { CStr::from_ptr(value.as_ptr()) })
}

/// The number of records when this process began to fork. After the fork the parent's other threads
/// add to the log, so the child could not find the number.
static RECORDS_BEFORE_FORK: AtomicU64 = AtomicU64::new(0);

extern "C" fn before_fork() {
    if let Some(log) = super::current() {
        let records = log.header(header::RESERVED_RECORDS).load(Ordering::Relaxed);
        RECORDS_BEFORE_FORK.store(records, Ordering::Relaxed);
    }
}

/// Runs in the child, which has one thread: leaves the parent's log, to which the parent still
/// writes, for a log of its own.
extern "C" fn in_child() {
    nested::forget_all();
    let Some(old) = super::current() else { return };
    LOG.store(OFF, Ordering::Release);
    let errno = next::errno();
    let capacity = old.header(header::MAPPED_RECORDS).load(Ordering::Relaxed);
    // SAFETY: `create` stored a C string there, which has not been written since.
    let directory = unsafe { CStr::from_ptr(old.0.add(header::DIRECTORY).as_ptr().cast()) };
    let new = create(directory, capacity, Some(old));
    if let Err(Refused::WithoutFile) = new {
        // Only the parent's log is left to record this.
        old.header(header::CHILDREN_WITHOUT_LOG).fetch_add(1, Ordering::Relaxed);
    }
    // SAFETY: the old log was mapped with this length, and LOG, the only place
    // that kept it, does not have it any more.
    unsafe { system::unmap(old.0.as_ptr().cast(), file_bytes(capacity)) };
    if let Ok(new) = new {
        LOG.store(new.0.as_ptr(), Ordering::Release);
    }
    next::set_errno(errno);
}

/// Why there is no log.
enum Refused {
    /// The file could not be made: the program has left the folder's file system, or has no
    /// descriptor to spare.
    WithoutFile,
    /// The file exists, but without the magic word: it tells the command about this process.
    WithFile,
}

/// Makes a log file and maps it. `parent` is the log of a forked child's parent.
fn create(directory: &CStr, capacity: u64, parent: Option<Log>) -> Result<Log, Refused> {
    // SAFETY: getpid has no conditions.
    let pid = unsafe { libc::getpid() } as u64;
    let start_ns = system::monotonic_ns();
    let mut path = Path::new();
    path.push(directory.to_bytes());
    path.push(b"/");
    path.push_number(start_ns);
    path.push(b"-");
    path.push_number(pid);
    path.push(b".log");

    let capacity = capacity.min(records_allowed());
    let path = path.as_c_str().ok_or(Refused::WithoutFile)?;
    let flags = libc::O_RDWR | libc::O_CREAT | libc::O_EXCL | libc::O_CLOEXEC;
    // It is closed again soon, so the program's own descriptors stay as they were.
    let file = File::open(path, flags, 0o600).ok_or(Refused::WithoutFile)?;
    let log = map_new_file(&file, file_bytes(capacity)).ok_or(Refused::WithFile)?;
    let set = |place, value| log.header(place).store(value, Ordering::Relaxed);
    set(header::MAPPED_RECORDS, capacity);
    set(header::CAPACITY_RECORDS, capacity);
    set(header::PID, pid);
    set(header::START_NS, start_ns);
    set(header::COMMAND_LINE_BYTES, copy_command_line(log));
    match parent {
        Some(parent) => describe_parent(log, parent),
        None => set(header::ALLOCATOR, name_allocator(log) as u64),
    }
    // SAFETY: the kernel writes 16 bytes at most, and the header has room for them there.
    unsafe { system::name_of_thread(log.0.add(header::PROCESS_NAME).as_ptr().cast()) };
    copy_directory(log, directory).ok_or(Refused::WithFile)?;
    log.header(header::MAGIC).store(MAGIC, Ordering::Release);
    Ok(log)
}

fn file_bytes(capacity: u64) -> usize {
    HEADER_BYTES + capacity as usize * RECORD_BYTES
}

/// Returns the number of records for which the process's own limits leave room.
fn records_allowed() -> u64 {
    // A larger file would cause a signal that ends the program.
    let file_bytes = limit_bytes(libc::RLIMIT_FSIZE);
    // The program itself needs the rest of its address space.
    let mapped_bytes = match limit_bytes(libc::RLIMIT_AS) {
        libc::RLIM_INFINITY => libc::RLIM_INFINITY,
        limit => limit / 8,
    };
    let bytes = file_bytes.min(mapped_bytes);
    bytes.saturating_sub(HEADER_BYTES as u64) / RECORD_BYTES as u64
}

fn limit_bytes(resource: libc::__rlimit_resource_t) -> u64 {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the place for the answer is a live local.
    match unsafe { libc::getrlimit(resource, &mut limit) } {
        0 => limit.rlim_cur,
        _ => libc::RLIM_INFINITY,
    }
}

/// Makes the new file sparse, zeroed and of this length, and maps it shared.
fn map_new_file(file: &File, bytes: usize) -> Option<Log> {
    if !file.set_length(bytes) {
        return None;
    }
    let log = Log(file.map(bytes)?.cast());
    if room::fill(log, 0, HEADER_BYTES) {
        return Some(log);
    }
    // SAFETY: the mapping is ours, and `log` is not used again.
    unsafe { system::unmap(log.0.as_ptr().cast(), bytes) };
    // The length reports to the command what happened.
    file.set_length(DISK_FULL_BYTES as usize);
    None
}

/// Notes the parent of a forked child. The child has its parent's allocator: looking it up would
/// take the loader's lock, which a thread may have held that is not in the child.
fn describe_parent(log: Log, parent: Log) {
    let copy = |from: usize, to: usize| {
        let value = parent.header(from).load(Ordering::Relaxed);
        log.header(to).store(value, Ordering::Relaxed);
    };
    copy(header::START_NS, header::PARENT_START_NS);
    copy(header::PID, header::PARENT_PID);
    copy(header::ALLOCATOR, header::ALLOCATOR);
    for word in 0..header::ALLOCATOR_NAME_BYTES / size_of::<AtomicU64>() {
        copy(header::ALLOCATOR_NAME + word, header::ALLOCATOR_NAME + word);
    }
    let records = RECORDS_BEFORE_FORK.load(Ordering::Relaxed);
    log.header(header::PARENT_RECORDS).store(records, Ordering::Relaxed);
}

/// Notes which library serves `malloc`.
fn name_allocator(log: Log) -> Allocator {
    next::allocator(|name| {
        let name = &name[..name.len().min(header::ALLOCATOR_NAME_BYTES - 1)];
        // SAFETY: the header has room for this many bytes at this place, and a zero after
        // them; no other thread has the log yet.
        unsafe {
            let target = log.0.add(header::ALLOCATOR_NAME).as_ptr().cast();
            ptr::copy_nonoverlapping(name.as_ptr(), target, name.len());
        }
    })
}

fn copy_directory(log: Log, directory: &CStr) -> Option<()> {
    let bytes = directory.to_bytes_with_nul();
    if bytes.len() > header::DIRECTORY_BYTES {
        return None;
    }
    // SAFETY: the header has room for this many bytes at this place, no other
    // thread has the log yet, and the two do not overlap: in a child the source
    // is the parent's log.
    unsafe {
        let target = log.0.add(header::DIRECTORY).as_ptr().cast();
        ptr::copy_nonoverlapping(bytes.as_ptr(), target, bytes.len());
    }
    Some(())
}

/// Copies `/proc/self/cmdline` into the header and returns its length in bytes.
fn copy_command_line(log: Log) -> u64 {
    let flags = libc::O_RDONLY | libc::O_CLOEXEC;
    let Some(file) = File::open(c"/proc/self/cmdline", flags, 0) else {
        return 0;
    };
    let mut len = 0;
    while len < header::COMMAND_LINE_LIMIT_BYTES {
        // SAFETY: `len` is inside the header's last part, where the command
        // line has the rest of the header to itself.
        let count = unsafe {
            let target = log.0.add(header::COMMAND_LINE).byte_add(len).as_ptr();
            file.read(target.cast(), header::COMMAND_LINE_LIMIT_BYTES - len)
        };
        if count == 0 {
            break;
        }
        len += count;
    }
    len as u64
}
