//! The lists: one file for each lab.

mod explicit;
mod implicit;
mod open;
mod quick;
mod sbrk;
mod segregated;

use crate::mutant::OfLab;

/// The mutants of every lab.
pub const LABS: &[OfLab] = &[
    OfLab { lab: "0-sbrk", source: "0-sbrk", mutants: sbrk::MUTANTS },
    OfLab { lab: "1-implicit", source: "1-implicit", mutants: implicit::MUTANTS },
    OfLab { lab: "2-explicit", source: "2-explicit", mutants: explicit::MUTANTS },
    OfLab { lab: "3-segregated", source: "3-segregated", mutants: segregated::MUTANTS },
    OfLab { lab: "4-quick", source: "4-quick", mutants: quick::MUTANTS },
    OfLab { lab: "5-open", source: "4-quick", mutants: open::MUTANTS },
    OfLab { lab: "5-open", source: "5-open", mutants: open::STARTER },
];
