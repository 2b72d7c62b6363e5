//! A page for a browser: one file that needs no other file, in light and in dark.

use super::align::{Cell, Kind, Row};
use super::source::Source;
use super::{Comparison, Side};

const STYLE: &str = include_str!("page.css");

/// Renders the page.
pub fn page(left: &Source, right: &Source, comparisons: &[Comparison]) -> String {
    let (left, right) = (escaped(&left.name), escaped(&right.name));
    let of = match comparisons {
        [one] => format!(": {}", escaped(&one.section)),
        _ => String::new(),
    };
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{left} and {right}{of}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <h1>{left} <span>and</span> {right}</h1>\n"
    );
    if comparisons.len() > 1 {
        page += &contents(comparisons);
    }
    page.extend(comparisons.iter().map(section));
    page + "</body>\n</html>\n"
}

/// Lists links to the sections; those without a difference have nothing to show.
fn contents(comparisons: &[Comparison]) -> String {
    let link = |comparison: &Comparison| {
        let name = escaped(&comparison.section);
        if comparison.is_same() {
            format!("<li class=\"same\">{name}</li>\n")
        } else {
            format!("<li><a href=\"#{name}\">{name}</a></li>\n")
        }
    };
    let links: String = comparisons.iter().map(link).collect();
    format!("<nav aria-label=\"Sections\">\n<ul>\n{links}</ul>\n</nav>\n")
}

fn section(comparison: &Comparison) -> String {
    let name = escaped(&comparison.section);
    if comparison.is_same() {
        return format!("<h2 id=\"{name}\">{name} <span>is the same</span></h2>\n");
    }
    let Comparison { left, right, .. } = comparison;
    let rows: String = comparison.rows.iter().map(row).collect();
    format!(
        "<h2 id=\"{name}\">{name}</h2>\n<table>\n\
         <colgroup><col class=\"number\"><col><col class=\"number\"><col></colgroup>\n\
         <thead><tr>{}{}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n",
        head(left),
        head(right)
    )
}

fn head(side: &Side) -> String {
    let (class, text) = match &side.place {
        Ok(path) => ("path", path),
        Err(why) => ("none", why),
    };
    let (name, text) = (escaped(&side.name), escaped(text));
    let text = if name == text {
        String::new()
    } else {
        format!(" <span class=\"{class}\">{text}</span>")
    };
    format!("<th scope=\"col\" colspan=\"2\">{name}{text}</th>")
}

fn row(row: &Row) -> String {
    let class = match row.kind {
        Kind::Same => "",
        Kind::Changed => " class=\"changed\"",
        Kind::Replaced | Kind::Left | Kind::Right => " class=\"replaced\"",
    };
    format!(
        "<tr{class}>{}{}</tr>\n",
        cell(row, row.left.as_ref(), "left", "del"),
        cell(row, row.right.as_ref(), "right", "ins")
    )
}

/// Renders a line's number and text; `mark` is the element around what changed in it.
fn cell(row: &Row, cell: Option<&Cell>, side: &str, mark: &str) -> String {
    let Some(cell) = cell else {
        return "<td class=\"number\"></td><td class=\"nothing\"></td>".to_owned();
    };
    let mut text = String::new();
    for piece in &cell.pieces {
        let escaped = escaped(&piece.text);
        if piece.changed && row.kind == Kind::Changed {
            text += &format!("<{mark}>{escaped}</{mark}>")
        } else {
            text += &escaped
        }
    }
    let number = cell.number;
    let hang = hang(cell);
    format!("<td class=\"number\">{number}</td><td class=\"{side}\"{hang}>{text}</td>")
}

/// Returns the style that indents the rest of a line that is too long.
fn hang(cell: &Cell) -> String {
    const MAY_BE_TOO_LONG: usize = 60;
    const HANGING: usize = 4;
    let text: String = cell.pieces.iter().map(|piece| &*piece.text).collect();
    if text.chars().count() < MAY_BE_TOO_LONG {
        return String::new();
    }
    let indent = text.len() - text.trim_start_matches(' ').len();
    format!(" style=\"--hang: {}ch\"", indent + HANGING)
}

fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_characters_are_escaped() {
        assert_eq!(escaped("a < b && \"c\""), "a &lt; b &amp;&amp; &quot;c&quot;");
    }
}
