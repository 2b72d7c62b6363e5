//! Runs a trace on a heap and reports whether it is correct, and what it costs.
//!
//! | question | asked by | answer |
//! |---|---|---|
//! | Is every result correct? | [`validate`] | [`Fault`], or |
//! | Which load or store breaks a rule? | [`check_accesses`] | [`Fault`], with the access and whose byte it is |
//! | Where is each byte of it, and is a block lost? | [`BlockCounts::take`], which the first two also ask | [`BlockCounts`], or [`Miscount`] |
//! | What does the whole heap look like afterwards? | [`check_whole`] | [`FinalHeap`] |
//! | How much memory, how much work? | [`validate`] | [`Facts`]: exact integers, the same on every machine |
//! | How fast? | [`take_turns`] | [`Timing`]: of this machine, this run |
//!
//! The questions are asked separately and in this order. Checking writes every
//! payload and looks at everything, so it says nothing about speed; the timed
//! loop ([`Program::replay`]) does nothing but call the allocator.
//!
//! An allocator is timed behind the trait [`Subject`], which a simulated heap
//! and the C library's `malloc` both can be.
#![forbid(unsafe_code)]

mod access;
mod accounting;
mod block_counts;
mod block_history;
mod bonus;
mod check_accesses;
mod check_budget;
mod checked_run;
mod count;
mod diagnosis;
mod evidence;
mod facts;
mod fault;
mod final_heap;
mod first_cause;
mod flaw;
pub mod foreign;
mod frame;
mod guard;
mod heartbeat;
mod in_place;
mod live_blocks;
mod miscount;
mod names;
mod narrow;
mod occupancy;
mod other;
mod parts;
mod pattern;
mod program;
mod recorder;
mod repeat;
mod room;
mod rule;
mod say;
mod scene;
mod shadow;
mod stack;
mod story;
mod subject;
mod supervised;
mod timed;
mod timing;
mod validity;
mod watch;
mod written;

pub use access::{Access, BadAccess, Call, EndlessLoop, Owner, Place, Problem, Step};
pub use block_counts::{BlockCounts, Live, OwnBlocks};
pub use bonus::{Bonus, bonus};
pub use check_accesses::{CheckCounts, check_accesses, check_accesses_with};
pub use checked_run::call;
pub use count::{Counting, Steps};
pub use diagnosis::{Around, Entry, Row, State, draw_fault, draw_heap};
pub use evidence::{BadAccount, Dirty, Held, TooLarge, When};
pub use facts::Facts;
pub use fault::{At, BadPointer, Fault, FigureDiffers, Kind, Wrong};
pub use final_heap::{
    FinalBlock, FinalHeap, Header, ListEntry, MOST_ENTRIES, Payload, check_whole,
};
pub use first_cause::{validate, validate_with_probe};
pub use flaw::Flaw;
pub use frame::Frame;
pub use heartbeat::Heartbeat;
pub use live_blocks::{LiveBlock, LiveBlocks};
pub use miscount::Miscount;
pub use occupancy::{Address, Taken};
pub use other::Other;
pub use parts::Parts;
pub use pattern::Pattern;
pub use program::{Program, TooManyBlocks};
pub use room::{Need, TooMuch};
pub use rule::Rule;
pub use say::show_what_heaps_say;
pub use scene::CheckSettings;
pub use stack::{frames_here, frames_where_interrupted, keep_stack};
pub use story::{Story, Writer};
pub use subject::{Nothing, Payloads, Simulated, Subject};
pub use supervised::{BrokenRule, Near, NotBuilt, Supervised};
pub use timed::{KnownAnswers, Timed, TimedHeap, TimedSubject, TimingEnvironment, TimingError};
pub use timing::{Budget, Timing, take_every_turn, take_turns};
pub use validity::{Graded, STRUCT_LIMIT_BYTES, Settings, answers, validate_for_grade};
pub use watch::{Position, Stopped};
pub use written::Overwritten;
