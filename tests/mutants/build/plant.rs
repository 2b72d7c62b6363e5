//! Plants mutants in the text of one file.

use crate::mutant::Mutant;
use crate::text;
use std::ops::Range;

/// A mutant with its number.
pub type Numbered<'a> = (usize, &'a Mutant);

/// A piece of the source, and the mutants that replace it.
struct Site<'a> {
    range: Range<usize>,
    mutants: Vec<Numbered<'a>>,
}

/// Returns the source with all of these mutants in it.
pub fn plant(source: &str, mutants: &[Numbered]) -> Result<String, String> {
    let mut sites: Vec<Site> = Vec::new();
    for &(number, mutant) in mutants {
        let range =
            mutant.place(source).map_err(|error| format!("mutant `{}`: {error}", mutant.name))?;
        match sites.iter_mut().find(|site| site.range == range) {
            Some(site) => site.mutants.push((number, mutant)),
            None => sites.push(Site { range, mutants: vec![(number, mutant)] }),
        }
    }
    // An outer site before those inside it.
    sites.sort_by_key(|site| (site.range.start, std::cmp::Reverse(site.range.end)));
    for pair in sites.windows(2) {
        let (a, b) = (&pair[0], &pair[1]);
        if b.range.start < a.range.end && b.range.end > a.range.end {
            return Err(format!(
                "mutants `{}` and `{}` overlap, and neither is inside the other",
                a.mutants[0].1.name, b.mutants[0].1.name
            ));
        }
    }
    Ok(rewrite(source, 0..source.len(), &sites))
}

/// Returns `source[range]` with the sites in it rewritten; they are sorted.
fn rewrite(source: &str, range: Range<usize>, sites: &[Site]) -> String {
    let mut text = String::new();
    let mut done = range.start;
    let mut rest = sites;
    while let Some((site, after)) = rest.split_first() {
        let inside = after.partition_point(|inner| inner.range.start < site.range.end);
        text += &source[done..site.range.start];
        text += &choice(source, site, &after[..inside]);
        done = site.range.end;
        rest = &after[inside..];
    }
    text + &source[done..range.end]
}

/// Returns `if active(1) { .. } else if active(2) { .. } else { what stands there }`.
fn choice(source: &str, site: &Site, inside: &[Site]) -> String {
    let mut text = String::new();
    for (number, mutant) in &site.mutants {
        let put = text::on_one_line(mutant.put);
        text += &format!("if crate::switch::active({number}) {{ {put} }} else ");
    }
    let original = rewrite(source, site.range.clone(), inside);
    text += &format!("{{ {original} }}");
    // An expression may be part of a larger one.
    let is_statement = original.ends_with([';', '}']);
    if is_statement { text } else { format!("({text})") }
}
