//! Submissions to try a package with, made from the lab's reference.

use heaplab_assess::LabFolder;
use heaplab_support::Error;

/// A submission, and its expected result.
pub(crate) struct Sample {
    /// The name of its folder.
    pub(crate) name: &'static str,
    /// Its source.
    pub(crate) source: String,
    /// Its expected result, for people.
    pub(crate) expected: &'static str,
}

/// Returns a sample of each kind.
///
/// # Errors
/// If the reference does not have what the lab says.
pub(crate) fn samples(lab: &LabFolder) -> Result<[Sample; 5], Error> {
    let solution = lab.solution()?;
    let looping = looping(&solution).ok_or_else(|| {
        Error::new(format!("error: lab {}: its solution has no `malloc`", lab.lab.name))
    })?;
    Ok([
        Sample {
            name: "half-done",
            source: lab.starter(lab.lab.holes.len() / 2)?.lib,
            expected: "some of the points: half of the holes are filled in",
        },
        Sample {
            name: "cheating",
            source: format!(
                "{solution}\nextern crate std;\n\nstatic SEEN: [u32; 1024] = [0; 1024];\n"
            ),
            expected: "0 points, refused: it contains `extern crate` and `static`",
        },
        Sample {
            name: "looping",
            source: looping,
            expected: "0 points, or those of checks without a malloc; after three runs that do not end, it is not run again",
        },
        Sample {
            name: "not-compiling",
            source: format!("{solution}\nfn unfinished() -> u32 {{}}\n"),
            expected: "0 points, not compiled, with the compiler's messages",
        },
        Sample {
            name: "passing",
            source: solution,
            expected: "all points that the reference earns",
        },
    ])
}

/// Returns the source with a `malloc` that never ends and
/// touches no memory, so that only another process can stop it.
fn looping(source: &str) -> Option<String> {
    let function = source.find("fn malloc(")?;
    let body = function + source[function..].find('{')? + 1;
    Some(format!("{}\n        loop {{}}{}", &source[..body], &source[body..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_looping_sample_loops_at_the_start_of_malloc() {
        let source = "impl X {\n    fn malloc(&mut self, size: u32) -> Result<Addr, E> {\n        Ok(size)\n    }\n}\n";
        let looping = looping(source).unwrap();
        assert!(
            looping.contains("Result<Addr, E> {\n        loop {}\n        Ok(size)\n"),
            "{looping}"
        );
        assert_eq!(super::looping("fn calloc() {}"), None);
    }
}
