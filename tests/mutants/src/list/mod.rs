//! The lists: one file a design.

mod explicit;
mod implicit;
mod segregated;

use super::mutant::Mutant;

/// Every design's name and its mutants.
pub const DESIGNS: [(&str, &[Mutant]); 3] = [
    ("implicit", implicit::MUTANTS),
    ("explicit", explicit::MUTANTS),
    ("segregated", segregated::MUTANTS),
];
