//! The mistakes, lab by lab.

use crate::mistake::Mistake;

mod explicit;
mod implicit;
mod open;
mod quick;
mod sbrk;
mod segregated;

/// The labs, and the mistakes in each.
pub const LABS: [(&str, &[Mistake]); 6] = [
    ("0-sbrk", sbrk::MISTAKES),
    ("1-implicit", implicit::MISTAKES),
    ("2-explicit", explicit::MISTAKES),
    ("3-segregated", segregated::MISTAKES),
    ("4-quick", quick::MISTAKES),
    ("5-open", open::MISTAKES),
];
