//! Keeps names distinct: results are named by their trace, so no two traces of a run may share one.

use crate::input::Input;
use heaplab_support::Error;
use heaplab_trace::Visible;
use std::collections::{HashMap, HashSet};
use std::path::{Component, Path};

/// Refuses a file that is given twice: its results would appear twice, and count twice.
///
/// # Errors
/// For the first file that is.
pub(super) fn refuse_one_file_twice(inputs: &[Input]) -> Result<(), Error> {
    let mut seen = HashSet::new();
    match inputs.iter().find(|input| !seen.insert(&input.path)) {
        None => Ok(()),
        Some(input) => {
            Err(Error::new(format!("error: the trace {} is given twice", input.path.visible())))
        }
    }
}

/// Refuses two traces of the same name.
///
/// # Errors
/// For the first two that have it.
pub(super) fn refuse_one_name_twice(inputs: &[Input]) -> Result<(), Error> {
    refuse_one_file_twice(inputs)?;
    let mut seen: HashMap<&str, &Path> = HashMap::new();
    for input in inputs {
        if let Some(other) = seen.insert(input.trace.name(), &input.path) {
            return Err(Error::new(format!(
                "error: two traces are called `{}`: {} and {}\nhelp: rename one, or run them one by one",
                input.trace.name().visible(),
                other.visible(),
                input.path.visible()
            )));
        }
    }
    Ok(())
}

/// Gives traces of one name longer names: with as many folders in front as distinguish them, `a/x`
/// and `b/x`; or, in one folder, with their endings, `x.rep` and `x.script`.
pub(super) fn tell_apart(inputs: &mut [Input]) {
    let mut of_name: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, input) in inputs.iter().enumerate() {
        let name = input.trace.name().to_owned();
        of_name.entry(name).or_default().push(index);
    }
    let mut taken: HashSet<String> = of_name.keys().cloned().collect();
    let mut groups: Vec<Vec<usize>> = of_name.into_values().collect();
    groups.sort();
    for group in groups.iter().filter(|group| group.len() > 1) {
        let of_group: Vec<&Input> = group.iter().map(|&index| &inputs[index]).collect();
        let names = longer_names(&of_group, &taken);
        taken.extend(names.iter().cloned());
        for (&index, name) in group.iter().zip(names) {
            inputs[index].trace = inputs[index].trace.clone().renamed(name);
        }
    }
}

/// Returns new names, not in `taken`, for traces that share a name.
fn longer_names(inputs: &[&Input], taken: &HashSet<String>) -> Vec<String> {
    let fits = |names: &Vec<String>| {
        let different: HashSet<&String> = names.iter().collect();
        // One of them may keep the name.
        let is_taken = |name: &String| taken.contains(name) && name != inputs[0].trace.name();
        different.len() == names.len() && !names.iter().any(is_taken)
    };
    let deepest = inputs.iter().map(|input| folders(&input.path).len()).max();
    let by_folder = (1..=deepest.unwrap_or(0)).flat_map(|depth| {
        let of_stem = |input: &&Input| with_folders(&input.path, depth, input.trace.name());
        let of_file = |input: &&Input| with_folders(&input.path, depth, &file_name(&input.path));
        [inputs.iter().map(of_stem).collect(), inputs.iter().map(of_file).collect::<Vec<String>>()]
    });
    let by_ending = inputs.iter().map(|input| file_name(&input.path)).collect();
    let numbered = |round: usize| {
        let name = |(number, input): (usize, &&Input)| {
            format!("{}#{}", input.trace.name(), number + round)
        };
        inputs.iter().enumerate().map(name).collect::<Vec<String>>()
    };
    [by_ending]
        .into_iter()
        .chain(by_folder)
        .chain((1..).map(numbered))
        .find(fits)
        .unwrap_or_default()
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    heaplab_trace::path_text(Path::new(name)).into_owned()
}

/// Returns the folders that a path goes through, the innermost first, without `.` and `..`.
fn folders(path: &Path) -> Vec<String> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let names = folder.components().rev().filter_map(|part| match part {
        Component::Normal(name) => Some(heaplab_trace::path_text(Path::new(name)).into_owned()),
        _ => None,
    });
    names.collect()
}

/// Returns the name below the innermost `depth` folders of the path.
fn with_folders(path: &Path, depth: usize, name: &str) -> String {
    let folders = folders(path);
    let mut parts: Vec<&str> = folders.iter().take(depth).map(String::as_str).collect();
    parts.reverse();
    parts.push(name);
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use heaplab_trace::{Trace, Weight};

    fn names(paths: &[&str]) -> Vec<String> {
        let input = |path: &&str| {
            let file = file_name(Path::new(path));
            let stem = file.split('.').next().unwrap_or_default();
            Input {
                path: path.into(),
                trace: Trace::from_ops(stem, Weight::Both, Vec::new()).unwrap(),
            }
        };
        let mut inputs: Vec<Input> = paths.iter().map(input).collect();
        tell_apart(&mut inputs);
        let names = inputs.iter().map(|input| input.trace.name().to_owned());
        names.collect()
    }

    #[test]
    fn different_names_stay_unchanged() {
        assert_eq!(names(&["a/x.rep", "a/y.rep"]), ["x", "y"]);
    }

    #[test]
    fn traces_of_one_name_are_distinguished_by_their_folders() {
        assert_eq!(names(&["a/x.rep", "b/x.rep", "y.rep"]), ["a/x", "b/x", "y"]);
        assert_eq!(names(&["x.rep", "../b/x.rep"]), ["x", "b/x"]);
        assert_eq!(names(&["a/t/x.rep", "b/t/x.rep", "b/u/x.rep"]), ["a/t/x", "b/t/x", "b/u/x"]);
    }

    #[test]
    fn traces_in_one_folder_are_distinguished_by_their_endings() {
        assert_eq!(
            names(&["t/x.rep", "t/x.script", "t/x.rep.gz"]),
            ["x.rep", "x.script", "x.rep.gz"]
        );
    }

    #[test]
    fn traces_are_distinguished_by_number_as_a_last_resort() {
        assert_eq!(names(&["./x.rep", "../x.rep"]), ["x#1", "x#2"]);
    }
}
