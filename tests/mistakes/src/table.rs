//! The table of all mistakes, in Markdown.

use crate::list::LABS;
use crate::mistake::Grade;
use crate::student::Told;
use std::fmt::Write;

const HEAD: &str = "\
<!-- Written by `UPDATE=1 cargo test -p heaplab-mistakes`. -->

# What a student reads about typical mistakes

Each row is one edit of a lab's solution. The student runs the lab's checks in their order; the row
shows the first check that fails and the first two lines that it says. The grade is a judgement:

| grade | the first two lines |
|---|---|
| A | name the line or the cause |
| B | name the function, or the wrong word and what wrote it |
| C | show what is wrong in the heap; the student must find the function |

";

/// Returns the table.
pub fn table(told: &[Told]) -> String {
    let mut text = HEAD.to_owned();
    let count = |grade| told.iter().filter(|told| told.mistake.grade == grade).count();
    let _ = writeln!(
        text,
        "{} mistakes: {} have an A, {} a B, {} a C.",
        told.len(),
        count(Grade::A),
        count(Grade::B),
        count(Grade::C)
    );
    for (lab, _) in LABS {
        let _ = writeln!(text, "\n## Lab {lab}\n");
        text += "| mistake | check | diagnosis | grade | why |\n|---|---|---|---|---|\n";
        for told in told.iter().filter(|told| told.lab == lab) {
            let lines: Vec<String> = told.first_lines().into_iter().map(escaped).collect();
            let _ = writeln!(
                text,
                "| {} | {} | {} | {:?} | {} |",
                escaped(told.mistake.wrong),
                told.check,
                lines.join("<br>"),
                told.mistake.grade,
                escaped(told.mistake.why)
            );
        }
    }
    text
}

fn escaped(text: &str) -> String {
    text.replace('|', "\\|").replace('*', "\\*").replace('<', "&lt;")
}
