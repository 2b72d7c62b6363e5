//! A film on a terminal: what the screen shows, and what the keys do.
//!
//! ```text
//!  program          Stepper               film
//!  a key     --->   press()    --->       step, heap, bytes, accesses
//!  a frame   --->   draw()
//! ```
//!
//! | I want to | start at |
//! |---|---|
//! | show one or two heaps on a trace | [`Stepper::new`] |
//! | let a reader type a trace | [`Stepper::playground`] |
//! | pass on a key or a click | [`Stepper::press`] |
//! | record the rest while no key is pressed | [`Stepper::go_on`] |
//! | draw the screen | [`Stepper::draw`] |
//! | show a running process | [`Watched`] |
//! | record films, read sources, write files for the screen | [`Outside`] |
//!
//! The crate opens no terminal and no file. Tests press keys and draw into memory.
#![forbid(unsafe_code)]

mod filmed;
mod goal;
mod inside;
mod key;
mod marks;
mod now;
mod places;
mod playground;
mod reach;
mod screen;
mod side;
mod stepper;
mod strip;
mod typing;
mod words;

pub use filmed::{Filmed, Outside};
pub use heaplab_film::Pending;
pub use key::{Flow, Key};
pub use playground::written as file_of_typed;
pub use screen::{SMALLEST_HEIGHT, SMALLEST_WIDTH, Watched};
pub use stepper::Stepper;
