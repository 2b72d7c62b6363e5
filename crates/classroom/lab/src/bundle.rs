//! A reference crate in one file.
//!
//! ```text
//!  lib.rs      mod tags;  ...          lib.rs        ...
//!  tags.rs     fn mark_free   ...  =>                mod tags { fn mark_free .. }
//!  policy.rs   enum Policy    ...                    mod policy { enum Policy .. }
//! ```
//!
//! A module's text comes behind the root's, so that the most important comes
//! first. Tests stay behind. The text is not formatted: the lines of a module
//! are as far to the left as they were.

use crate::anchor::sections;
use std::collections::BTreeMap;
use std::fmt;

/// Why a crate can't be put in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BundleError {
    /// `lib.rs` is not there.
    NoRoot,
    /// `lib.rs` names a module whose file is not there.
    NoModule(String),
    /// The contract has no section with this function.
    NotInContract(String),
    /// `lib.rs` does not say that it leaves this function to the contract.
    NotLeftToContract(String),
}

impl fmt::Display for BundleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BundleError::NoRoot => f.write_str("the reference has no lib.rs"),
            BundleError::NoModule(name) => write!(f, "the reference has no {name}.rs"),
            BundleError::NotInContract(name) => {
                write!(f, "the contract has no section `{name}`")
            }
            BundleError::NotLeftToContract(name) => write!(
                f,
                "the reference's lib.rs has no line \"// `{name}` is the contract's default\""
            ),
        }
    }
}

impl std::error::Error for BundleError {}

/// One file with all that is in `files`, a crate's sources by their names.
///
/// The functions named in `written_out` are taken from the text of the
/// `contract`, where the reference says in a comment that it takes its default.
///
/// # Errors
/// Where a file or function that is named is not there.
pub fn bundle(
    files: &BTreeMap<String, String>,
    contract: &str,
    written_out: &[String],
) -> Result<String, BundleError> {
    let root = files.get("lib.rs").ok_or(BundleError::NoRoot)?;
    let mut text = String::new();
    let mut modules = String::new();
    let mut written = vec![false; written_out.len()];
    for line in without_tests(root).split_inclusive('\n') {
        let left_to_contract = written_out.iter().position(|name| {
            line.trim_start()
                .starts_with(&format!("// `{name}` is the contract's default"))
        });
        if let Some(name) = module(line) {
            let file = files.get(&format!("{name}.rs"));
            let file = file.ok_or_else(|| BundleError::NoModule(name.to_owned()))?;
            modules += &format!("\nmod {name} {{\n{}}}\n", without_tests(file));
        } else if let Some(index) = left_to_contract {
            text += &default_function(contract, &written_out[index])?;
            written[index] = true;
        } else {
            text += line;
        }
    }
    match written.iter().position(|written| !written) {
        Some(index) => Err(BundleError::NotLeftToContract(written_out[index].clone())),
        None => Ok(text + &modules),
    }
}

/// The name in a line `mod name;`.
fn module(line: &str) -> Option<&str> {
    line.strip_prefix("mod ")?.trim_end().strip_suffix(';')
}

/// A section of the contract, with its markers and without its docs, which say
/// what every heap's function does.
fn default_function(contract: &str, name: &str) -> Result<String, BundleError> {
    let missing = || BundleError::NotInContract(name.to_owned());
    let all = sections(contract).map_err(|_| missing())?;
    let section = all
        .iter()
        .find(|section| section.name == name)
        .ok_or_else(missing)?;
    let lines = contract[section.range.clone()].split_inclusive('\n');
    let code: String = lines
        .filter(|line| !line.trim_start().starts_with("///"))
        .collect();
    Ok(format!(
        "    // ANCHOR: {name}\n{code}    // ANCHOR_END: {name}\n"
    ))
}

/// The text before the module of tests, which ends a file, and without what
/// else is there for tests alone.
fn without_tests(file: &str) -> String {
    let mut text = String::new();
    let mut lines = file.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        if line.trim_end() == "#[cfg(test)]" {
            let is_module = lines
                .peek()
                .is_some_and(|next| next.trim_end().ends_with('{'));
            if is_module {
                break;
            }
            lines.next();
            continue;
        }
        text += line;
    }
    text.truncate(text.trim_end().len());
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        pairs.iter().map(owned).collect()
    }

    const CONTRACT: &str = "\
trait Heap {
    // ANCHOR: realloc
    /// Docs.
    fn realloc() { copy }
    // ANCHOR_END: realloc
}
";

    #[test]
    fn modules_come_last_and_tests_not_at_all() {
        let crate_files = files(&[
            ("lib.rs", "//! Docs.\n\nmod tags;\n\nfn malloc() {}\n"),
            (
                "tags.rs",
                "//! Tags.\nfn mark() {}\n\n#[cfg(test)]\nmod tests {\n    fn t() {}\n}\n",
            ),
        ]);
        assert_eq!(
            bundle(&crate_files, CONTRACT, &[]).unwrap(),
            "//! Docs.\n\n\nfn malloc() {}\n\nmod tags {\n//! Tags.\nfn mark() {}\n}\n"
        );
    }

    #[test]
    fn a_default_is_written_out_where_the_reference_takes_it() {
        let crate_files = files(&[(
            "lib.rs",
            "a\n    // `realloc` is the contract's default: x.\nb\n",
        )]);
        let written = bundle(&crate_files, CONTRACT, &["realloc".to_owned()]).unwrap();
        assert_eq!(
            written,
            "a\n    // ANCHOR: realloc\n    fn realloc() { copy }\n    // ANCHOR_END: realloc\nb\n"
        );
    }

    #[test]
    fn what_is_not_there_is_named() {
        let lib = |text| files(&[("lib.rs", text)]);
        let name = |name: &str| name.to_owned();
        assert_eq!(bundle(&files(&[]), "", &[]), Err(BundleError::NoRoot));
        assert_eq!(
            bundle(&lib("mod a;\n"), "", &[]),
            Err(BundleError::NoModule(name("a")))
        );
        assert_eq!(
            bundle(&lib("x\n"), CONTRACT, &[name("realloc")]),
            Err(BundleError::NotLeftToContract(name("realloc")))
        );
        assert_eq!(
            bundle(
                &lib("// `calloc` is the contract's default\n"),
                CONTRACT,
                &[name("calloc")]
            ),
            Err(BundleError::NotInContract(name("calloc")))
        );
    }
}
