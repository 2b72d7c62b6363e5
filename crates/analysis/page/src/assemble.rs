//! Makes a page of its parts: one file without links to anything else.

use heaplab_support::Error;

/// The parts of a kind of page.
pub(crate) struct Parts {
    /// A page with marks where the other parts go: [`MARKS`].
    pub(crate) template: &'static str,
    /// What this kind of page adds to the style of all pages.
    pub(crate) style: &'static str,
    /// The scripts, each after those that it imports.
    pub(crate) scripts: &'static [&'static [&'static str]],
}

/// Where the style, the data, the lists, the patterns of drawings, and the scripts go.
const MARKS: [&str; 5] =
    ["/* style */", "<!-- patterns -->", "{ data }", "{ lists }", "/* scripts */"];

const STYLE: &str = include_str!("assets/shared/base.css");

/// The colours of the dark theme, which go where [`DARK_MARK`] is: the theme may be the system's or
/// the reader's choice.
const DARK: &str = include_str!("assets/shared/dark.css");

const DARK_MARK: &str = "/* dark */";

const PATTERNS: &str = include_str!("assets/shared/patterns.svg");

/// The scripts of all pages.
pub(crate) const SHARED_SCRIPTS: &[&str] = &[
    include_str!("assets/shared/tools.js"),
    include_str!("assets/shared/looks.js"),
    include_str!("assets/shared/unpack.js"),
];

/// The lists of a page have at most this many bytes: a page is below 15 MB.
pub(crate) const MOST_LIST_BYTES: usize = 13_500_000;

/// Returns a page with this data, which is JSON, and these packed lists.
pub(crate) fn filled(parts: &Parts, json: &str, lists: &str) -> String {
    // A script's text ends at `</script`, wherever that stands.
    let json = json.replace('<', "\\u003c");
    let texts = [&style(parts.style), PATTERNS, &json, lists, &script(parts.scripts)];
    let mut page = String::with_capacity(json.len() + lists.len() + (1 << 16));
    let mut rest = parts.template;
    for (mark, text) in MARKS.into_iter().zip(texts) {
        let (before, after) = rest.split_once(mark).unwrap_or((rest, ""));
        page += before;
        page += text;
        rest = after;
    }
    page + rest
}

/// Returns the error that data can't be written as text.
pub(crate) fn failed(error: impl std::fmt::Display) -> Error {
    Error::new(format!("error: the page can't be made: {error}"))
}

fn style(own: &str) -> String {
    STYLE.replace(DARK_MARK, DARK) + own
}

/// Returns all scripts as one: modules in one file need no imports, and can't have exports.
fn script(scripts: &[&[&str]]) -> String {
    let mut text = String::new();
    for script in scripts.iter().copied().flatten() {
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
impl Parts {
    /// Asserts what must hold of the parts of each kind of page.
    pub(crate) fn expect_sound(&self) {
        let script = script(self.scripts);
        let all = [self.template, &style(self.style), PATTERNS, &script].concat();
        for link in ["http:", "https:", "src=", "@import", "fetch(", "url(/", "import("] {
            assert!(!all.contains(link), "the page needs something else: {link}");
        }
        let mut rest = self.template;
        for mark in MARKS {
            assert_eq!(self.template.matches(mark).count(), 1, "{mark}");
            rest = rest.split_once(mark).map_or_else(|| panic!("{mark} is too early"), |it| it.1);
        }
        let mut names = std::collections::BTreeSet::new();
        for line in script.lines() {
            let line = line.strip_prefix("async ").unwrap_or(line);
            let declared = ["function ", "const ", "let ", "class "];
            let name = declared.iter().find_map(|word| line.strip_prefix(word));
            let name =
                name.and_then(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next());
            if let Some(name) = name.filter(|name| !name.is_empty()) {
                // Scripts in one file share their names.
                assert!(names.insert(name.to_owned()), "{name} is declared twice");
            }
        }
        assert!(names.len() > 30, "only {} names: {names:?}", names.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_dark_themes_have_the_colours() {
        assert_eq!(STYLE.matches(DARK_MARK).count(), 2);
        let style = style("");
        assert_eq!(style.matches(DARK).count(), 2);
        let names = |text: &str| -> Vec<String> {
            let lines = text.lines().filter_map(|line| line.trim().split_once(':'));
            lines.map(|(name, _)| name.to_owned()).filter(|name| name.starts_with("--")).collect()
        };
        let light = STYLE.split_once('}').unwrap().0;
        assert_eq!(names(light), names(DARK), "each colour has a dark one");
    }
}
