//! The programs, and their inputs, which are made when needed.

mod inputs;
mod loads;
mod program;
mod real;

pub use program::{Kind, Program, Ready};

/// Returns all of them: real programs, then the loads.
pub fn all() -> impl Iterator<Item = &'static Program> {
    static REAL: &[Program] = &real::REAL;
    static LOADS: &[Program] = &loads::LOADS;
    REAL.iter().chain(LOADS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_program_has_a_unique_name_and_a_description() {
        let names: BTreeSet<&str> = all().map(|program| program.name).collect();
        assert_eq!(names.len(), all().count());
        assert!(all().all(|program| !program.about.is_empty() && program.about.len() < 70));
    }

    /// Less work has smaller inputs, and no file is empty.
    #[test]
    fn inputs_shrink_with_the_work() {
        for program in all() {
            for (name, content) in program.files {
                let (small, full) = (content(5), content(100));
                assert!(!small.is_empty(), "{} {name}", program.name);
                assert!(small.len() <= full.len(), "{} {name}", program.name);
            }
        }
    }
}
