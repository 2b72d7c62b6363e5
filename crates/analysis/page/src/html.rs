//! The page: a template with the style, the data and the scripts put in.

use crate::document::document;
use crate::packed::Packed;
use crate::results::Results;
use heaplab_support::Error;
use std::path::Path;

const TEMPLATE: &str = include_str!("assets/page.html");

const STYLE: &str = include_str!("assets/page.css");

/// The scripts, each after those that it imports.
const SCRIPTS: [&str; 9] = [
    include_str!("assets/unpack.js"),
    include_str!("assets/run.js"),
    include_str!("assets/view.js"),
    include_str!("assets/portrait.js"),
    include_str!("assets/charts.js"),
    include_str!("assets/facts.js"),
    include_str!("assets/controls.js"),
    include_str!("assets/panel.js"),
    include_str!("assets/main.js"),
];

/// Returns the results as a page. `shown_by` makes the command that shows a heap on a trace at a
/// terminal.
///
/// # Errors
/// If the data can't be written as text.
pub fn page(results: &Results, shown_by: &dyn Fn(&str, &Path) -> String) -> Result<String, Error> {
    let mut packed = Packed::default();
    let document = document(results, shown_by, &mut packed);
    let json = serde_json::to_string(&document).map_err(failed)?;
    let lists = packed.into_text().map_err(failed)?;
    // A script's text ends at `</script`, wherever that stands.
    let json = json.replace('<', "\\u003c");
    let mut page = String::with_capacity(json.len() + lists.len() + (1 << 16));
    let mut rest = TEMPLATE;
    for (mark, text) in [
        ("/* style */", STYLE),
        ("{ data }", &json),
        ("{ lists }", &lists),
        ("/* scripts */", &script()),
    ] {
        let (before, after) = rest.split_once(mark).unwrap_or((rest, ""));
        page += before;
        page += text;
        rest = after;
    }
    Ok(page + rest)
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::new(format!("error: the page can't be made: {error}"))
}

/// Returns all scripts as one: modules in one file need no imports, and can't have exports.
fn script() -> String {
    let mut text = String::new();
    for script in SCRIPTS {
        let mut is_import = false;
        for line in script.lines() {
            is_import |= line.starts_with("import ");
            if !is_import {
                text += line.strip_prefix("export ").unwrap_or(line);
                text += "\n";
            }
            is_import &= !line.ends_with(';');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Scripts in one file share their names.
    #[test]
    fn no_two_scripts_have_a_name_in_common() {
        let mut names = BTreeSet::new();
        for line in script().lines() {
            let line = line.strip_prefix("async ").unwrap_or(line);
            let declared = ["function ", "const ", "let ", "class "];
            let name = declared.iter().find_map(|word| line.strip_prefix(word));
            let name = name.and_then(|rest| rest.split(|c: char| !c.is_alphanumeric()).next());
            if let Some(name) = name.filter(|name| !name.is_empty()) {
                assert!(names.insert(name.to_owned()), "{name} is declared twice");
            }
        }
        assert!(names.len() > 30, "only {} names: {names:?}", names.len());
    }

    #[test]
    fn the_page_needs_nothing_else() {
        let all = [TEMPLATE, STYLE, &script()].concat();
        for link in ["http:", "https:", "src=", "@import", "fetch(", "url(/", "import("] {
            assert!(!all.contains(link), "{link}");
        }
        for mark in ["/* style */", "{ data }", "{ lists }", "/* scripts */"] {
            assert_eq!(TEMPLATE.matches(mark).count(), 1, "{mark}");
        }
    }
}
