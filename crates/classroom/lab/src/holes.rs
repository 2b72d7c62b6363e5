//! Holes: sections of the reference that are replaced by a task.

use crate::anchor::sections;
use crate::definition::Hole;
use crate::error::StarterError;
use crate::items::items;
use std::collections::BTreeMap;
use std::iter;
use std::ops::Range;

/// A section of a file, its replacement, and its name.
type Edit<'h> = (Range<usize>, String, &'h str);

/// Returns the files with these holes emptied.
pub(crate) fn with_holes(
    mut files: Vec<(String, String)>,
    open: &[Hole],
) -> Result<Vec<(String, String)>, StarterError> {
    let mut edits: BTreeMap<usize, Vec<Edit>> = BTreeMap::new();
    for hole in open {
        let mut tasks = tasks(hole);
        for anchor in &hole.anchors {
            let in_file = |(index, (_, text)): (usize, &(String, String))| {
                let found = sections(text).ok()?;
                let section = found.iter().find(|section| section.name == anchor)?;
                Some((index, section.range.clone()))
            };
            let place = files.iter().enumerate().find_map(in_file);
            let (index, range) = place.ok_or_else(|| StarterError::NoSection {
                hole: hole.name.clone(),
                anchor: anchor.clone(),
            })?;
            let emptied = emptied(&files[index].1[range.clone()], hole, &mut tasks);
            edits.entry(index).or_default().push((range, emptied, anchor));
        }
    }
    for (index, mut edits) in edits {
        edits.sort_by_key(|(range, _, _)| range.start);
        let text = &files[index].1;
        let (mut edited, mut done) = (String::new(), 0);
        for (range, put, anchor) in edits {
            if range.start < done {
                let anchor = anchor.to_owned();
                return Err(StarterError::Overlap { anchor });
            }
            edited += &text[done..range.start];
            edited += &put;
            done = range.end;
        }
        edited += &text[done..];
        files[index].1 = edited;
    }
    Ok(files)
}

/// Returns the texts of a hole's places, one after the other, and then the text for further places.
fn tasks(hole: &Hole) -> impl Iterator<Item = String> {
    let named = [&hole.task].into_iter().chain(&hole.also).cloned();
    named.chain(iter::repeat(format!("{}: a part of it", hole.name)))
}

/// Returns the section with only the task in it, the next of `tasks`.
fn emptied(text: &str, hole: &Hole, tasks: &mut impl Iterator<Item = String>) -> String {
    let mut todo = || format!("todo!({:?})", tasks.next().unwrap_or_default());
    let Some(bodies) = bodies(text) else {
        let todo = todo();
        return format!("{}\n", hole.put.clone().unwrap_or(todo));
    };
    let mut emptied = String::new();
    let mut done = 0;
    for body in bodies {
        emptied += &text[done..body.start];
        emptied += &format!("{{\n{}\n}}", todo());
        done = body.end;
    }
    emptied + &text[done..]
}

/// Returns the ranges of the bodies of a section's functions, if it is made of functions.
fn bodies(text: &str) -> Option<Vec<Range<usize>>> {
    let (_, items) = items(text, text.parse().ok()?);
    let bodies = items.iter().map(|item| match item.keyword {
        "fn" => item.body_range(),
        _ => None,
    });
    let bodies: Option<Vec<Range<usize>>> = bodies.collect();
    bodies.filter(|bodies| !bodies.is_empty())
}
