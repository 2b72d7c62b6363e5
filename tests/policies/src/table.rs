//! The table of what finds each mutant.

use crate::Outcome;
use std::fmt::Write;

const INTRODUCTION: &str = "\
# What finds a solution with another policy

Printed by `cargo run -p heaplab-policies`. Each row is the solution of a lab with one edit that
breaks the clause before it; the lists are in `src/list`. Clauses are quoted from the lab's
`README.md` and `lab.toml`. The last column is the first check of the lab's stage that fails for it,
or the measure that costs it points.
";

/// Returns the table of these outcomes.
pub fn table(outcomes: &[Outcome]) -> String {
    let mut text = INTRODUCTION.to_owned();
    let mut lab = "";
    let mut clause = "";
    for Outcome { lab: of_lab, mutant, cost } in outcomes {
        let Some(mutant) = mutant else { continue };
        if *of_lab != lab {
            lab = of_lab;
            let _ = write!(
                text,
                "\n## {lab}\n\n| clause | mutant | instead | found by |\n|---|---|---|---|\n"
            );
        }
        let quoted = if mutant.clause == clause { "" } else { mutant.clause };
        clause = mutant.clause;
        let found = cost.as_ref().map_or_else(
            || "**nothing**".to_owned(),
            |cost| match cost.stage.as_str() {
                "" => format!("the measure `{}`: {}", cost.what, cost.why),
                stage => format!("`{stage}`: {}", cost.what),
            },
        );
        let _ = writeln!(text, "| {quoted} | `{}` | {} | {found} |", mutant.name, mutant.instead);
    }
    text
}
