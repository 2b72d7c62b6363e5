//! The simulated machine: 32-bit addresses, 4-byte words, and a heap segment
//! whose end `sbrk` moves, as in CS:APP chapter 9.
//!
//! ```text
//!  0x0000_0000   0x0001_0000            break          limit      0xffff_ffff
//!  |  nothing    |  heap segment        |  not yet     |  never            |
//!  +-------------+----------------------+--------------+-------------------+
//!  null          start  <- sbrk(+n) ->  ^  <- sbrk(-n)
//! ```
//!
//! An [`Addr`] is a number in *that* machine, never a pointer of the host. The
//! host sets aside address space for all of it (module `reservation`), so every
//! `load` and `store` is a safe function that compiles to one instruction.
//!
//! A [`Probe`] sees every load, store and `sbrk`; with [`Silent`], the default,
//! it is compiled away.
//!
//! Below the drivers, only this crate contains `unsafe`: in `reservation`, and for
//! two calls of the C library in `refusal`.
#![deny(unsafe_code)]

mod addr;
pub mod host;
mod machine;
mod probe;
mod refusal;
#[allow(unsafe_code)]
mod reservation;

pub use addr::Addr;
pub use machine::{Arena, HEAP_START, OutOfMemory, Refuse, Settings};
pub use probe::{Event, Probe, Silent};
pub use refusal::ReserveError;

/// Says something while an allocator is debugged: a line on the terminal, with the call that is
/// running. Lines are shown where a lab checks a heap (`next`, `stage`, `check`), some hundreds a
/// run. Where a heap is timed, counted or graded, nothing is said and the words are not computed.
///
/// ```
/// # use heaplab_arena::{Addr, host, say};
/// # let arena = host::machine()?;
/// # let rover = Addr::new(0x10010);
/// say!(arena, "the rover is at {rover}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[macro_export]
macro_rules! say {
    ($arena:expr, $($words:tt)+) => {
        $arena.say(|say| say(::core::format_args!($($words)+)))
    };
}

/// Bytes in a word of the simulated machine.
pub const WORD_BYTES: u32 = 4;

/// Bytes in a page of the simulated machine. This holds for *this* machine only: the
/// host's pages may be larger.
pub const PAGE_BYTES: u32 = 4096;
