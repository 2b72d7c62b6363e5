//! How a file begins.

use super::fields::{Fields, is_comment, is_operation};
use super::findings::{Findings, GaveUp, Spot};
use super::piece::Piece;
use crate::dialect::MARKER;
use crate::{Dialect, Field, Problem};

/// How a file begins: all that can be known before its operations are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// With four numbers: classic, ranges or peak.
    Plain,
    /// With operations.
    Script,
    /// With the marker of the extended dialect.
    Extended,
}

/// Finds out how the file begins.
pub(super) fn detect(
    piece: Piece<'_>,
    file: &str,
    forced: Option<Dialect>,
    findings: &mut Findings,
) -> Result<Start, GaveUp> {
    let first_word = piece.lines().find_map(|line| {
        let word = Fields::new(line.text).next()?;
        (!is_comment(word.text)).then_some((line.number, word))
    });
    let Some((line, word)) = first_word else {
        if forced == Some(Dialect::Script) {
            return Ok(Start::Script);
        }
        findings.add_for_file(Problem::Empty);
        return Err(GaveUp);
    };
    let begins_with_op = is_operation(word.text) || is_upper_case_operation(word.text);
    match forced {
        Some(Dialect::Script) => return Ok(Start::Script),
        Some(Dialect::Extended) => return Ok(Start::Extended),
        // A header was asked for, but is missing.
        Some(_) if begins_with_op => {
            let problem =
                Problem::HeaderCut { missing: Field::FirstHeaderLine, counts: Default::default() };
            findings.add(problem, word.spot(line), piece);
            return Err(GaveUp);
        }
        Some(_) => return Ok(Start::Plain),
        None => {}
    }
    let is_script_by_name = has_ending(file, ".script");
    let begins_with_number = word.text.starts_with(|c: char| c.is_ascii_digit() || c == '-');
    if word.text == MARKER {
        Ok(Start::Extended)
    } else if begins_with_op {
        if has_ending(file, ".rep") {
            let spot = Spot::of_line(line, piece);
            findings.warn(Problem::HeaderMissing, spot, piece);
        }
        Ok(Start::Script)
    } else if is_script_by_name && !begins_with_number {
        Ok(Start::Script)
    } else {
        Ok(Start::Plain)
    }
}

/// Returns whether a word is an operation with the shift key held.
fn is_upper_case_operation(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_uppercase()) && is_operation(&word.to_ascii_lowercase())
}

/// Returns whether a file's name ends in `ending`, perhaps before `.gz`, in either case.
fn has_ending(file: &str, ending: &str) -> bool {
    let name = file.to_ascii_lowercase();
    name.strip_suffix(".gz").unwrap_or(&name).ends_with(ending)
}
