//! Reports of the checked build: each access of the C code, to the probe.
//!
//! `runtime/checked.c` calls the functions of this module before each load and store that is not of
//! a C variable. They turn the pointer into an address of the machine and ask the probe, which does
//! not return if the access breaks a rule: it unwinds through the C code.
//!
//! What a store writes is not known before it is made. A probe that sees words is therefore told of
//! a store when the next access is reported, or the call ends.

use crate::context::{Context, Unseen};
use crate::places::{Where, place_of, stack_high};
use heaplab_arena::host::Host;
use heaplab_arena::{Addr, Arena, Probe, WORD_BYTES};
use heaplab_replay::foreign;
use std::ffi::c_void;

pub(crate) use crate::wrapped::{CHECKED_FLAGS, WRAPPED, flags_of_clang};

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
