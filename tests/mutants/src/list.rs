//! The lists: one file a design, one for each kind of fault that all designs can
//! have, and one for changes that are not faults.

mod explicit;
mod implicit;
mod large;
mod leaks;
mod pointers;
mod quick;
mod segregated;
mod slots;
mod sound;
mod tuned;
mod usable;

use crate::mutant::Mutant;

/// What is planted in one design.
#[derive(Clone, Copy, Debug)]
pub struct Lists {
    /// The design's name.
    pub design: &'static str,
    /// Its mutants, by kind.
    pub mutants: &'static [&'static [Mutant]],
    /// Changes that are not faults; `wrong` says what differs from the original.
    pub sound: &'static [Mutant],
}

/// What is planted in every design.
pub const DESIGNS: [Lists; 5] = [
    Lists {
        design: "implicit",
        mutants: &[
            implicit::MUTANTS,
            leaks::IMPLICIT,
            usable::IMPLICIT,
            pointers::IMPLICIT,
            large::IMPLICIT,
        ],
        sound: sound::IMPLICIT,
    },
    Lists {
        design: "explicit",
        mutants: &[
            explicit::MUTANTS,
            leaks::EXPLICIT,
            usable::EXPLICIT,
            pointers::EXPLICIT,
            large::EXPLICIT,
        ],
        sound: sound::EXPLICIT,
    },
    Lists {
        design: "segregated",
        mutants: &[
            segregated::MUTANTS,
            leaks::EXPLICIT,
            usable::EXPLICIT,
            pointers::EXPLICIT,
            large::EXPLICIT,
        ],
        sound: sound::EXPLICIT,
    },
    Lists {
        design: "quick",
        mutants: &[quick::MUTANTS, leaks::QUICK, usable::QUICK, pointers::QUICK, large::QUICK],
        sound: sound::QUICK,
    },
    Lists {
        design: "tuned",
        mutants: &[
            tuned::MUTANTS,
            slots::TUNED,
            leaks::TUNED,
            usable::TUNED,
            pointers::TUNED,
            large::TUNED,
        ],
        sound: sound::TUNED,
    },
];
