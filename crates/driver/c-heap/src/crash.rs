//! How C code ends its process, and where: a signal, `abort`, a failed `assert`, `exit`.
//!
//! Nothing of the process is trusted afterwards, so it ends. Before, it prints one line with what
//! happened and which functions of the C code ran ([`End`]); the side that gave the job makes the
//! verdict of it.
//!
//! The handler does what a handler may not do in general: it takes locks and allocates memory, to
//! read the lines of the library. If the signal came while the same lock was held, it would wait
//! for ever; an alarm then ends the process, and the verdict is without a line.

use crate::lines::Lines;
use heaplab_replay::Frame;
use heaplab_replay::foreign::End;
use std::cell::RefCell;
use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::path::PathBuf;
use std::sync::Once;
use std::{mem, ptr};

/// A library that is loaded.
#[derive(Clone, Debug)]
pub(crate) struct Library {
    /// Its file, which has the lines.
    pub(crate) file: PathBuf,
    /// Where it is in memory.
    pub(crate) image: std::ops::Range<usize>,
}

thread_local! {
    /// The library that was connected last in this thread.
    static LIBRARY: RefCell<Option<Library>> = const { RefCell::new(None) };
}

/// Notes whose code runs in this thread from now on, and takes care of its signals.
pub(crate) fn watch(library: Library) {
    static ONCE: Once = Once::new();
    ONCE.call_once(install);
    thread_local! {
        static STACK: () = give_a_stack();
    }
    STACK.with(|()| ());
    LIBRARY.replace(Some(library));
}

/// Signals that end a process with broken code.
const SIGNALS: [c_int; 6] =
    [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGABRT, libc::SIGTRAP];

fn install() {
    for signal in SIGNALS {
        // SAFETY: the structure is plain data, and the handler has the type that SA_SIGINFO asks.
        unsafe {
            let mut action: libc::sigaction = mem::zeroed();
            action.sa_sigaction =
                on_signal as extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
            libc::sigaction(signal, &raw const action, ptr::null_mut());
        }
    }
}

/// Reading lines takes more than the few pages that a thread has for its handlers.
const STACK_BYTES: usize = 1 << 20;

fn give_a_stack() {
    let stack = libc::stack_t {
        // The stack is in use for as long as the thread is.
        ss_sp: Box::leak(vec![0u8; STACK_BYTES].into_boxed_slice()).as_mut_ptr().cast(),
        ss_flags: 0,
        ss_size: STACK_BYTES,
    };
    // SAFETY: the memory belongs to nothing else.
    unsafe { libc::sigaltstack(&raw const stack, ptr::null_mut()) };
}

extern "C" fn on_signal(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    const SECONDS: c_uint = 5;
    // SAFETY: the kernel gives the handler valid pointers; the rest has no conditions.
    unsafe {
        libc::signal(signal, libc::SIG_DFL);
        libc::signal(libc::SIGALRM, libc::SIG_DFL);
        libc::alarm(SECONDS);
        let address = (*info).si_addr() as usize;
        let stack = stack_pointer(context);
        // A call through a bad pointer has no code; it returns to where the stack says.
        let caller = is_call_of(context, address).then(|| *(stack as *const usize));
        end(signal_end(signal, address, stack), caller);
    }
}

/// The code of that fault.
const STACK_OVERFLOW: &str = "stack-overflow";

/// Returns what a signal says.
fn signal_end(signal: c_int, address: usize, stack: usize) -> (&'static str, String) {
    // A function's first access may be of any part of its frame.
    const FRAME_BYTES: usize = 1 << 16;
    let is_of_stack = address.wrapping_sub(stack - FRAME_BYTES) < 2 * FRAME_BYTES;
    words_of_signal(signal, address, is_of_stack)
}

/// Returns the code and the words for a signal; `is_of_stack` says whether the address is near the
/// end of the stack.
pub(crate) fn words_of_signal(
    signal: c_int,
    address: usize,
    is_of_stack: bool,
) -> (&'static str, String) {
    let message = match signal {
        libc::SIGSEGV | libc::SIGBUS if is_of_stack => {
            return (STACK_OVERFLOW, "the stack overflowed: an endless recursion?".to_owned());
        }
        libc::SIGSEGV if address < 4096 => {
            format!("SIGSEGV: an access or a call through a null pointer, at {address:#x}")
        }
        libc::SIGSEGV => {
            format!("SIGSEGV: an access or a call of an address without memory, {address:#x}")
        }
        libc::SIGBUS => format!("SIGBUS: an access that the host can't make, at {address:#x}"),
        libc::SIGFPE => "SIGFPE: a division by zero, or one whose result has no room".to_owned(),
        libc::SIGILL => "SIGILL: an illegal instruction".to_owned(),
        libc::SIGABRT => "SIGABRT: the C code aborted".to_owned(),
        _ => format!("signal {signal}"),
    };
    ("crash", message)
}

/// Returns where the stack was when the signal came.
///
/// # Safety
/// `context` must be what the kernel gave a handler.
unsafe fn stack_pointer(context: *mut c_void) -> usize {
    // SAFETY: as the caller promises.
    let registers = unsafe { &(*context.cast::<libc::ucontext_t>()).uc_mcontext };
    #[cfg(target_arch = "x86_64")]
    return registers.gregs[libc::REG_RSP as usize] as usize;
    #[cfg(target_arch = "aarch64")]
    return registers.sp as usize;
}

/// Calls of these are sent to `ended` of the table, in both builds.
pub(crate) const WRAPPED: [&str; 17] = [
    "exit",
    "_exit",
    "_Exit",
    "quick_exit",
    "abort",
    "__assert_fail",
    "fork",
    "vfork",
    "system",
    "popen",
    "execve",
    "fopen",
    "freopen",
    "open",
    "openat",
    "creat",
    "socket",
];

/// Of these, the functions that open a file.
const OPENING: [&str; 6] = ["fopen", "freopen", "open", "openat", "creat", "socket"];

/// Returns whether the instruction that was interrupted is itself at the bad address, which was
/// called.
///
/// # Safety
/// As for [`stack_pointer`].
#[cfg(target_arch = "x86_64")]
unsafe fn is_call_of(context: *mut c_void, address: usize) -> bool {
    // SAFETY: as the caller promises.
    let registers = unsafe { &(*context.cast::<libc::ucontext_t>()).uc_mcontext };
    registers.gregs[libc::REG_RIP as usize] as usize == address
}

/// Elsewhere the caller is in a register, where the unwinder finds it.
#[cfg(not(target_arch = "x86_64"))]
unsafe fn is_call_of(_context: *mut c_void, _address: usize) -> bool {
    false
}

/// `ended` of the table: the code called a function that ends or copies the process.
///
/// # Safety
/// The texts must be C strings, or null.
pub(crate) unsafe extern "C-unwind" fn ended(
    function: *const c_char,
    number: i64,
    text: *const c_char,
) {
    let read = |text: *const c_char| {
        let is_there = !text.is_null();
        // SAFETY: as the caller promises.
        is_there.then(|| unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
    };
    let function = read(function).unwrap_or_default();
    end(("crash", words_of_end(&function, number, read(text))), None);
}

/// Returns the words for a call of a function that ends or copies the process; `text` is the
/// condition of an assertion.
pub(crate) fn words_of_end(function: &str, number: i64, text: Option<String>) -> String {
    match text {
        Some(condition) => format!("the assertion `{condition}` does not hold"),
        None if function.contains("exit") => {
            format!("the C code called {function}({number}): an allocator returns to its caller")
        }
        None if function == "abort" => "the C code called abort()".to_owned(),
        None if OPENING.contains(&function) => {
            format!("the C code called {function}(): an allocator opens no file")
        }
        None => format!("the C code called {function}(): an allocator starts no process"),
    }
}

/// Prints how the process ends, and ends it. `caller` is where a call began that led to no code.
fn end((code, message): (&str, String), caller: Option<usize>) -> ! {
    let mut frames = frames_here(caller);
    if code == STACK_OVERFLOW {
        // The last call had no room, whatever it was; what matters is the call that repeats.
        let is_again = |at: &usize| frames[at + 1..].contains(&frames[*at]);
        let recursion = (0..frames.len()).find(is_again).unwrap_or(0);
        frames.drain(..recursion);
    }
    end_with(code, message, frames)
}

/// Prints how the process ends, in these functions of the C code, and ends it.
pub(crate) fn end_with(code: &str, message: String, frames: Vec<Frame>) -> ! {
    let end = End { code: code.to_owned(), message, frames };
    let line = format!("\n{}\n", end.line());
    // SAFETY: the bytes are there, and the rest has no conditions. Nothing that the C code has
    // registered runs.
    unsafe {
        libc::write(libc::STDERR_FILENO, line.as_ptr().cast(), line.len());
        libc::_exit(END_STATUS)
    }
}

/// An exit status that the worker does not use.
const END_STATUS: c_int = 70;

/// The reason for an unwinding code of `_Unwind_Backtrace`: go on, or stop.
const GO_ON: c_int = 0;
const STOP: c_int = 4;

unsafe extern "C" {
    fn _Unwind_Backtrace(
        each: extern "C" fn(*mut c_void, *mut c_void) -> c_int,
        argument: *mut c_void,
    ) -> c_int;
    fn _Unwind_GetIPInfo(context: *mut c_void, is_before: *mut c_int) -> usize;
}

/// At most this many frames are looked at: an endless recursion has thousands.
const MOST_LOOKED_AT: usize = 64;

/// Of these, at most this many are reported.
const MOST_TOLD: usize = 12;

extern "C" fn note(context: *mut c_void, found: *mut c_void) -> c_int {
    let mut is_before = 0;
    // SAFETY: the unwinder gives a context, and `frames_here` a vector.
    let (pc, found) = unsafe {
        (_Unwind_GetIPInfo(context, &raw mut is_before), &mut *found.cast::<Vec<usize>>())
    };
    // The instruction that was interrupted is not before its address, as a call is.
    found.push(if is_before == 0 { pc } else { pc + 1 });
    if found.len() < MOST_LOOKED_AT { GO_ON } else { STOP }
}

/// Returns the functions of the C code that run in this thread, the innermost first. `caller` is
/// where a call began that led to no code.
pub(crate) fn frames_here(caller: Option<usize>) -> Vec<Frame> {
    let Some(library) = LIBRARY.with_borrow(Clone::clone) else { return Vec::new() };
    let mut found: Vec<usize> = caller.into_iter().collect();
    // SAFETY: `note` gets the vector that it expects.
    unsafe { _Unwind_Backtrace(note, (&raw mut found).cast()) };
    let Ok(lines) = Lines::read(&library.file, library.image.start) else { return Vec::new() };
    let in_library = found.into_iter().filter(|pc| library.image.contains(pc));
    let frames = in_library.flat_map(|pc| lines.frames(pc));
    frames.take(MOST_TOLD).collect()
}
