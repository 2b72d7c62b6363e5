//! Submissions to try a package with, made from the lab's reference.

use heaplab_assess::LabFolder;
use heaplab_c_heap::FAMILIES;
use heaplab_lab::CLab;
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
    if let Some(c) = &lab.lab.c {
        return samples_in_c(lab, c);
    }
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

/// Returns the samples of a lab in C, made from its reference, or from its starter if it has none.
fn samples_in_c(lab: &LabFolder, c: &CLab) -> Result<[Sample; 5], Error> {
    let starter = lab.starter(0)?.lib;
    let reference = if c.reference.is_some() { lab.solution()? } else { starter.clone() };
    let looping = looping_in_c(&reference).ok_or_else(|| {
        let names = FAMILIES.map(|family| family.malloc).join(", ");
        let name = &lab.lab.name;
        Error::new(format!(
            "error: lab {name}: its reference, or {} without one, defines none of {names}",
            c.file
        ))
    })?;
    Ok([
        Sample {
            name: "half-done",
            source: starter,
            expected: "what students begin with: the points that it earns as it is",
        },
        Sample {
            name: "cheating",
            source: format!("#include <sys/mman.h>\n{reference}\n{CALLS_THE_SYSTEM}"),
            expected: "0 points, refused: it calls `mmap`",
        },
        Sample {
            name: "looping",
            source: looping,
            expected: "0 points, or those of checks without a malloc; after three runs that do not end, it is not run again",
        },
        Sample {
            name: "not-compiling",
            source: format!("{reference}\nint unfinished(void) {{ return 1 +; }}\n"),
            expected: "0 points, not compiled, with the compiler's messages",
        },
        Sample {
            name: "passing",
            source: reference,
            expected: "all points that the reference earns",
        },
    ])
}

const CALLS_THE_SYSTEM: &str = "\
void *more_memory(size_t bytes) {
    return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
";

/// Returns the source with a loop that never ends at the start of its `malloc`.
fn looping_in_c(source: &str) -> Option<String> {
    let body = FAMILIES.iter().find_map(|family| body_in_c(source, family.malloc))?;
    Some(format!("{}\n    for (;;)\n        ;\n{}", &source[..body], &source[body..]))
}

/// Returns where the body of a function begins: after its brace.
fn body_in_c(source: &str, name: &str) -> Option<usize> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    source.match_indices(name).find_map(|(at, _)| {
        if source[..at].chars().next_back().is_some_and(is_part) {
            return None;
        }
        let rest = source[at + name.len()..].trim_start().strip_prefix('(')?;
        let (_, after) = rest.split_once(')')?;
        let body = after.trim_start().strip_prefix('{')?;
        Some(source.len() - body.len())
    })
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

    #[test]
    fn a_c_sample_loops_at_the_start_of_its_malloc_and_not_where_it_is_called() {
        let source = "void *mm_malloc(size_t);\nint f(void) { return my_mm_malloc(1) != mm_malloc(1); }\n\
                      void *mm_malloc (size_t size)\n{\n    return 0;\n}\n";
        let looping = looping_in_c(source).unwrap();
        assert!(looping.contains("(size_t size)\n{\n    for (;;)\n        ;\n"), "{looping}");
        assert_eq!(looping_in_c("int main(void) {}"), None);
    }
}
