//! All calls of a trace at once: a message for each would take longer than the call.
//!
//! ```text
//!   this process                    the program
//!   a file:  steps, slots   ---->   makes one call after the other, with the clock running;
//!                                   serves `sbrk` itself
//!            slots, break,  <----
//!            nanoseconds
//! ```

use super::call::Use;
use super::message::{Message, ask};
use super::pointers::{addr_of, pointer};
use super::process::Process;
use heaplab_arena::host::{BreakState, Host};
use heaplab_arena::{Addr, Arena, Probe};
use heaplab_heap::Step;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::fs::FileExt;
use std::time::Duration;

/// `struct calls` of `runtime/local.c`: its numbers, by their place.
const BEGUN: usize = 0;
const NANOSECONDS: usize = 1;
const BRK: usize = 2;
const HIGH: usize = 3;
const SBRK_CALLS: usize = 4;
const END: usize = 5;
const IS_SEGMENT: usize = 6;
const STEPS: usize = 7;
const SLOTS: usize = 8;
const NUMBERS: usize = 9;

/// Has the program make all of these calls, and returns how long they took.
///
/// # Errors
/// If the host refuses memory for the calls.
pub(crate) fn make<P: Probe>(
    process: &mut Process,
    arena: &mut Arena<P>,
    steps: &[Step],
    slots: &mut [Addr],
    is_segment: bool,
    progress: &dyn Fn(u64),
) -> io::Result<Duration> {
    let start = arena.start();
    let mut numbers = [0; NUMBERS];
    numbers[HIGH] = pointer(start + arena.high_water_bytes());
    numbers[END] = pointer(start) + u64::from(arena.limit_bytes().min(process.room_bytes()));
    numbers[IS_SEGMENT] = is_segment.into();
    numbers[STEPS] = steps.len() as u64;
    numbers[SLOTS] = slots.len() as u64;
    let mut bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_ne_bytes()).collect();
    for step in steps {
        bytes.extend(step.slot_and_kind.to_ne_bytes());
        bytes.extend(step.size.to_ne_bytes());
    }
    let slots_at = bytes.len() as u64;
    for &slot in &*slots {
        bytes.extend((pointer(slot) as u32).to_ne_bytes());
    }
    let file = memory_file(c"calls")?;
    file.write_all_at(&bytes, 0)?;
    let wanted = Message {
        kind: ask::CALLS,
        a: std::process::id().into(),
        b: (file.as_raw_fd() as u64) << 32 | bytes.len() as u64,
        c: 0,
    };
    let meanwhile = || progress(numbers_of(&file).map_or(0, |numbers| numbers[BEGUN]));
    if process.call(Use::Whole(arena), wanted, Some(&meanwhile)) == 0 {
        return Err(io::Error::other("a 32-bit process has no room for the calls of this trace"));
    }
    let numbers = numbers_of(&file)?;
    progress(numbers[BEGUN]);
    let mut after = vec![0; 4 * slots.len()];
    file.read_exact_at(&mut after, slots_at)?;
    let (after, _) = after.as_chunks::<4>();
    for (slot, &pointer) in slots.iter_mut().zip(after) {
        *slot = addr_of(u32::from_ne_bytes(pointer).into()).unwrap_or(Addr::NULL);
    }
    let place = |pointer| addr_of(pointer).unwrap_or(start);
    let sbrk_calls = arena.sbrk_calls() + numbers[SBRK_CALLS] as u32;
    arena.restore(BreakState::new(place(numbers[BRK]), place(numbers[HIGH]), sbrk_calls));
    Ok(Duration::from_nanos(numbers[NANOSECONDS]))
}

fn numbers_of(file: &File) -> io::Result<[u64; NUMBERS]> {
    let mut bytes = [0; 8 * NUMBERS];
    file.read_exact_at(&mut bytes, 0)?;
    let (words, _) = bytes.as_chunks::<8>();
    let mut numbers = [0; NUMBERS];
    for (number, &word) in numbers.iter_mut().zip(words) {
        *number = u64::from_ne_bytes(word);
    }
    Ok(numbers)
}

/// Returns a new file in memory.
fn memory_file(name: &std::ffi::CStr) -> io::Result<File> {
    // SAFETY: the name is a C string, and the call has no other conditions.
    let file = unsafe { libc::memfd_create(name.as_ptr(), libc::MFD_CLOEXEC) };
    if file < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the descriptor is new, and belongs to nothing else.
    Ok(unsafe { File::from_raw_fd(file) })
}
