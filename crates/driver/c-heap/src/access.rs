//! Reports of the checked build: each access of the C code, to the probe.
//!
//! `runtime/checked.c` calls the functions of this module before each load and store that is not of
//! a C variable. They turn the pointer into an address of the machine and ask the probe, which does
//! not return if the access breaks a rule: it unwinds through the C code.
//!
//! What a store writes is not known before it is made. A probe that sees words is therefore told of
//! a store when the next access is reported, or the call ends.

use crate::context::{Context, Unseen};
use crate::crash;
use crate::machine::{MOST_CALLS, Machine};
use heaplab_arena::host::Host;
use heaplab_arena::{Addr, Arena, Probe, WORD_BYTES};
use heaplab_replay::foreign;
use std::cell::RefCell;
use std::ffi::c_void;
use std::ops::Range;

/// What the checked build is compiled with, besides the flags of every build.
pub(crate) const CHECKED_FLAGS: [&str; 2] = ["-fsanitize=thread", "-fno-builtin"];

/// The functions of the C library whose calls the linker sends to `runtime/checked.c`.
pub(crate) const WRAPPED: [&str; 22] = [
    "memset",
    "memcpy",
    "memmove",
    "mempcpy",
    "bzero",
    "explicit_bzero",
    "bcopy",
    "memcmp",
    "bcmp",
    "memchr",
    "strlen",
    "strnlen",
    "strcpy",
    "stpcpy",
    "strncpy",
    "strcat",
    "strncat",
    "strcmp",
    "strncmp",
    "strchr",
    "strrchr",
    "memrchr",
];

/// A call of the C code; it ends when this is dropped.
pub(crate) struct Call<P: Probe> {
    context: *mut Context<P>,
    _running: foreign::Running,
}

/// Begins a call of the C code. Returns none for a plain build.
///
/// # Safety
/// `context` must point to a context that lives until the call ends, and that nothing borrows where
/// C code runs or the call ends.
pub(crate) unsafe fn begin<P: Probe>(context: *mut Context<P>) -> Option<Call<P>> {
    // SAFETY: as the caller promises, here and in the next.
    let source = unsafe { &*context }.access.source.clone()?;
    // SAFETY: the same.
    let table = unsafe { &mut *(*context).table };
    table.depth = 0;
    table.stack_high = stack_high();
    Some(Call { context, _running: foreign::enter(source) })
}

impl<P: Probe> Drop for Call<P> {
    fn drop(&mut self) {
        // SAFETY: as `begin` demands.
        show_last_store(unsafe { &mut *self.context });
    }
}

/// Notes where the C code calls `sbrk`.
pub(crate) fn at_sbrk<P: Probe>(context: &mut Context<P>) {
    show_last_store(context);
    // SAFETY: the table lives as long as the heap that owns both; C code waits.
    foreign::at(unsafe { &*context.table }.sbrk_pc);
}

/// Where the stack of this thread ends, its highest address.
fn stack_high() -> usize {
    thread_local! {
        static HIGH: usize = find_stack_high();
    }
    HIGH.with(|&high| high)
}

fn find_stack_high() -> usize {
    let mut attributes = std::mem::MaybeUninit::<libc::pthread_attr_t>::uninit();
    let (mut low, mut bytes) = (std::ptr::null_mut(), 0);
    // SAFETY: the attributes are initialized by the first call, read by the second, and destroyed
    // by the third; each only if the one before it succeeded.
    unsafe {
        if libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0 {
            return usize::MAX;
        }
        libc::pthread_attr_getstack(attributes.as_ptr(), &raw mut low, &raw mut bytes);
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
    }
    (low as usize).saturating_add(bytes)
}

/// What an access is of.
enum Where {
    /// Bytes of the machine; those near the null pointer are given as the machine's first.
    Machine(Addr),
    /// Something that the C library or the host gave to the code.
    Host,
    /// Anything else.
    Outside,
}

/// Below this and above minus this, an address is a null pointer with an offset.
const NEAR_NULL_BYTES: usize = 4096;

fn place_of<P: Probe>(context: &Context<P>, at: *const c_void) -> Where {
    let (at, base) = (at as usize, context.base as usize);
    // SAFETY: as in `at_sbrk`.
    let bytes = unsafe { &*context.table }.bytes;
    if at.wrapping_sub(base) < bytes {
        return Where::Machine(Addr::new((at - base) as u32));
    }
    if at.wrapping_add(NEAR_NULL_BYTES) < 2 * NEAR_NULL_BYTES {
        return Where::Machine(Addr::new(at as u32));
    }
    // What is behind the last variable of the allocator's own file belongs to nothing.
    // SAFETY: as in `at_sbrk`.
    let table = unsafe { &*context.table };
    let is_behind = at.wrapping_sub(table.image_start) < table.image_end - table.image_start + PAGE;
    if !is_behind && is_of_a_library(at) { Where::Host } else { Where::Outside }
}

/// Bytes of a page of the host, or fewer.
const PAGE: usize = 4096;

/// Returns whether an address is of a variable of the C library, such as `stdout`, or of `errno`.
fn is_of_a_library(at: usize) -> bool {
    const ERRNO_BYTES: usize = 256;
    thread_local! {
        static KNOWN: RefCell<Vec<Range<usize>>> = const { RefCell::new(Vec::new()) };
    }
    // SAFETY: the function has no conditions.
    let errno = unsafe { libc::__errno_location() } as usize;
    if at.wrapping_sub(errno - ERRNO_BYTES) < 2 * ERRNO_BYTES {
        return true;
    }
    let is_known = || KNOWN.with_borrow(|known| known.iter().any(|range| range.contains(&at)));
    is_known() || {
        KNOWN.replace(libraries());
        is_known()
    }
}

/// Returns where the libraries of this process are.
fn libraries() -> Vec<Range<usize>> {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let range = |line: &str| {
        let (start, rest) = line.split_once('-')?;
        let (end, rest) = rest.split_once(' ')?;
        let is_library = rest.contains(".so") || rest.contains("[vdso]");
        let start = usize::from_str_radix(start, 16).ok()?;
        let end = usize::from_str_radix(end, 16).ok()?;
        is_library.then_some(start..end)
    };
    maps.lines().filter_map(range).collect()
}

/// Calls `ask` with the arena's probe and an address of the machine; tells the probe of an access
/// elsewhere.
///
/// # Safety
/// `context` must point to a `Context<P>` (module `context`) that nothing else borrows.
unsafe fn report<P: Probe>(
    context: *mut c_void,
    at: *const c_void,
    size: u64,
    pc: *const c_void,
    is_store: bool,
    ask: impl FnOnce(&mut Context<P>, Addr, u32),
) {
    // SAFETY: as the caller promises.
    let context = unsafe { &mut *context.cast::<Context<P>>() };
    if P::SEES_WORDS {
        show_last_store(context);
    }
    foreign::at(pc as usize);
    // A longer range leaves the machine anyway.
    let size = u32::try_from(size).unwrap_or(u32::MAX);
    match place_of(context, at) {
        Where::Machine(addr) => ask(context, addr, size),
        Where::Host => {}
        Where::Outside => context.arena.probe().on_outside(at as u64, size, is_store),
    }
}

/// See [`Load`](crate::machine::Load).
///
/// # Safety
/// `context` must point to a `Context<P>` (module `context`).
pub(crate) unsafe extern "C-unwind" fn load<P: Probe>(
    context: *mut c_void,
    at: *const c_void,
    size: u64,
    pc: *const c_void,
) {
    // SAFETY: as the caller promises.
    unsafe {
        report::<P>(context, at, size, pc, false, |context, addr, size| {
            loaded(&context.arena, addr, size);
        })
    }
}

/// See [`Load`](crate::machine::Load); the bytes may have no meaning.
///
/// # Safety
/// As [`load`].
pub(crate) unsafe extern "C-unwind" fn load_to_copy<P: Probe>(
    context: *mut c_void,
    at: *const c_void,
    size: u64,
    pc: *const c_void,
) {
    let ask = |context: &mut Context<P>, addr, size| {
        foreign::only_copies(|| context.arena.probe().on_load_bytes(addr, size));
    };
    // SAFETY: as the caller promises.
    unsafe { report::<P>(context, at, size, pc, false, ask) }
}

/// See [`Store`](crate::machine::Store).
///
/// # Safety
/// As [`load`].
pub(crate) unsafe extern "C-unwind" fn store<P: Probe>(
    context: *mut c_void,
    at: *mut c_void,
    size: u64,
    pc: *const c_void,
) {
    let ask = |context: &mut Context<P>, addr, size| {
        match size {
            WORD_BYTES => context.arena.probe().on_store(addr),
            _ => context.arena.probe().on_store_bytes(addr, size),
        }
        keep_replaced(context, addr, size);
    };
    // SAFETY: as the caller promises.
    unsafe { report::<P>(context, at, size, pc, true, ask) }
}

/// See [`Copy`](crate::machine::Copy).
///
/// # Safety
/// As [`load`].
pub(crate) unsafe extern "C-unwind" fn copy<P: Probe>(
    context: *mut c_void,
    to: *mut c_void,
    from: *const c_void,
    size: u64,
    pc: *const c_void,
) {
    let ask = |context: &mut Context<P>, to: Addr, size| {
        if let Where::Machine(from) = place_of(context, from) {
            context.arena.probe().on_copy(from, to, size);
        }
        keep_replaced(context, to, size);
    };
    // SAFETY: as the caller promises.
    unsafe { report::<P>(context, to, size, pc, true, ask) }
}

/// See [`Fill`](crate::machine::Fill).
///
/// # Safety
/// As [`load`].
pub(crate) unsafe extern "C-unwind" fn fill<P: Probe>(
    context: *mut c_void,
    at: *mut c_void,
    size: u64,
    pc: *const c_void,
) {
    let ask = |context: &mut Context<P>, addr, size| {
        context.arena.probe().on_zero(addr, size);
        keep_replaced(context, addr, size);
    };
    // SAFETY: as the caller promises.
    unsafe { report::<P>(context, at, size, pc, true, ask) }
}

/// Tells the probe of a load.
pub(crate) fn loaded<P: Probe>(arena: &Arena<P>, addr: Addr, size: u32) {
    let probe = arena.probe();
    match size {
        WORD_BYTES => probe.on_load(addr),
        _ => probe.on_load_bytes(addr, size),
    }
    if P::SEES_WORDS {
        for (at, word) in words(addr, arena.payload(addr, size).unwrap_or_default()) {
            probe.on_load_word(at, word);
        }
    }
}

/// Keeps the bytes that a store is about to replace, for a probe that sees words.
fn keep_replaced<P: Probe>(context: &mut Context<P>, addr: Addr, size: u32) {
    if P::SEES_WORDS {
        let old = context.arena.payload(addr, size).map(<[u8]>::to_vec);
        let calls = context.access.source.as_ref().map_or_else(Vec::new, |source| source.calls());
        context.access.unseen = old.map(|old| Unseen { addr, old, pc: foreign::here(), calls });
    }
}

/// Shows the probe what the last store has written.
fn show_last_store<P: Probe>(context: &mut Context<P>) {
    let Some(Unseen { addr, old, pc, calls }) = context.access.unseen.take() else { return };
    let Some(source) = context.access.source.clone() else { return };
    let here = foreign::here();
    foreign::at(pc);
    source.calls_then.replace(Some(calls));
    show_replaced(&context.arena, addr, &old);
    source.calls_then.replace(None);
    foreign::at(here);
}

/// Shows the probe what is now where these bytes were.
pub(crate) fn show_replaced<P: Probe>(arena: &Arena<P>, addr: Addr, old: &[u8]) {
    const MOST_WORDS_BYTES: usize = 16;
    let Some(new) = arena.payload(addr, old.len() as u32) else { return };
    let probe = arena.probe();
    if old.len() > MOST_WORDS_BYTES || !old.len().is_multiple_of(WORD_BYTES as usize) {
        probe.on_replace(addr, old, Some(new));
        return;
    }
    for ((at, old), (_, new)) in words(addr, old).zip(words(addr, new)) {
        probe.on_store_word(at, old, new);
    }
}

/// Returns the whole words of these bytes.
fn words(addr: Addr, bytes: &[u8]) -> impl Iterator<Item = (Addr, u32)> {
    let (words, _) = bytes.as_chunks::<{ WORD_BYTES as usize }>();
    (0..)
        .zip(words)
        .map(move |(index, &word)| (addr + index * WORD_BYTES, u32::from_le_bytes(word)))
}

/// A report that was only noted.
pub(crate) struct Report {
    pub(crate) at: usize,
    pub(crate) size: usize,
    pub(crate) is_store: bool,
    pub(crate) pc: usize,
}

/// The reports of the self-test, which has no machine.
#[derive(Default)]
pub(crate) struct Reports(Vec<Report>);

impl Reports {
    /// Returns a table for memory from `base` on, which notes each report here.
    pub(crate) fn table(&mut self, base: usize, bytes: usize) -> Box<Machine> {
        Box::new(Machine {
            context: (&raw mut *self).cast(),
            lo: std::ptr::null_mut(),
            brk: std::ptr::null_mut(),
            limit_bytes: 0,
            sbrk: no_sbrk,
            load: note_load,
            store: note_store,
            copy: note_copy,
            fill: note_store,
            load_to_copy: note_load,
            ended: crash::ended,
            base,
            bytes,
            stack_high: stack_high(),
            image_start: 0,
            image_end: 0,
            sbrk_pc: 0,
            depth: 0,
            calls: [0; MOST_CALLS],
        })
    }

    /// Returns them, in order.
    pub(crate) fn all(&self) -> &[Report] {
        &self.0
    }
}

unsafe extern "C-unwind" fn no_sbrk(_context: *mut c_void, _increment: i64) -> *mut c_void {
    std::ptr::null_mut()
}

unsafe extern "C-unwind" fn note_load(
    context: *mut c_void,
    at: *const c_void,
    size: u64,
    pc: *const c_void,
) {
    let report = Report { at: at as usize, size: size as usize, is_store: false, pc: pc as usize };
    // SAFETY: the context of these functions is a `Reports`.
    unsafe { &mut *context.cast::<Reports>() }.0.push(report);
}

unsafe extern "C-unwind" fn note_store(
    context: *mut c_void,
    at: *mut c_void,
    size: u64,
    pc: *const c_void,
) {
    let report = Report { at: at as usize, size: size as usize, is_store: true, pc: pc as usize };
    // SAFETY: as in `note_load`.
    unsafe { &mut *context.cast::<Reports>() }.0.push(report);
}

unsafe extern "C-unwind" fn note_copy(
    context: *mut c_void,
    to: *mut c_void,
    from: *const c_void,
    size: u64,
    pc: *const c_void,
) {
    // SAFETY: as in `note_load`.
    unsafe {
        note_load(context, from, size, pc);
        note_store(context, to, size, pc);
    }
}
