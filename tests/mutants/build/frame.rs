//! Additions to every copy, for all mutants: a policy word for each
//! mutant, and code that makes the chosen one active when a heap is built.

use crate::plant::Numbered;
use crate::text;

/// Returns `policy.rs` with the words added.
pub fn add_words(policy: &str, mutants: &[Numbered]) -> Result<String, String> {
    let words: String = mutants
        .iter()
        .map(|(number, mutant)| {
            format!(
                " Word {{ name: {:?}, about: {:?}, choose: |policy| policy.mutant = {number} }},",
                mutant.name, mutant.wrong
            )
        })
        .collect();
    let policy = insert_after(policy, "pub struct Policy {", " pub mutant: usize,")?;
    // A default that is written out has no mutant.
    let default = "fn default() -> Policy { Policy {";
    let policy = insert_after(&policy, default, " mutant: 0,").unwrap_or(policy);
    let policy = insert_before(&policy, "]; type Heap<P: Probe>", &words)?;
    let start = text::only(&policy, 0..policy.len(), "fn build<P: Probe>(")?.start;
    let body = policy[start..].find("{\n").ok_or("`fn build` has no body")?;
    let at = start + body + 1;
    Ok(format!("{} crate::switch::activate(self.mutant);{}", &policy[..at], &policy[at..]))
}

/// Returns the functions that the contract has and `design` does not.
pub fn taken_over(contract: &str, design: &str) -> Result<String, String> {
    let mut functions = String::new();
    for beginning in ["fn realloc(", "fn calloc("] {
        if !design.contains(beginning) {
            functions += "    ";
            functions += &contract[text::function(contract, beginning)?];
            functions.push('\n');
        }
    }
    Ok(functions)
}

/// Returns `lib.rs` with these functions in its `impl Heap`.
pub fn add_functions(lib: &str, functions: &str) -> Result<String, String> {
    let functions = text::on_one_line(functions) + " ";
    insert_before(lib, "fn check(&self) -> Result<(), Violation>", &functions)
}

fn insert_before(source: &str, mark: &str, text: &str) -> Result<String, String> {
    let at = text::only(source, 0..source.len(), mark)?.start;
    Ok(format!("{}{text}{}", &source[..at], &source[at..]))
}

fn insert_after(source: &str, mark: &str, text: &str) -> Result<String, String> {
    let at = text::only(source, 0..source.len(), mark)?.end;
    Ok(format!("{}{text}{}", &source[..at], &source[at..]))
}
