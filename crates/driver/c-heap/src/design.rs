//! The design of heaps in C: which files a name means, and the heap that is built of them.

use crate::built::Built;
use crate::compile::build;
use crate::compiler::Build;
use crate::either::EitherHeap;
use crate::heap::CHeap;
use crate::remote::{Programs, RemoteHeap};
use crate::source::{Spec, is_shared_object};
use heaplab_arena::{Arena, OutOfMemory, Probe};
use heaplab_heap::{Align, Design, Word};
use heaplab_support::Error;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

/// A heap in C: its two objects.
#[derive(Clone, Debug, Default)]
pub struct CDesign {
    objects: Option<Arc<Objects>>,
}

/// The two objects that are made of one heap's files.
#[derive(Debug)]
struct Objects {
    plain: Built,
    checked: Built,
    /// The same as programs, if that is what they are.
    programs: Option<Arc<Programs>>,
}

impl Objects {
    fn new(plain: Built, checked: Built) -> Objects {
        let files = [plain.object.clone(), checked.object.clone()];
        let programs = plain.is_program.then(|| Programs {
            interface: plain.interface.clone(),
            plain: files[0].clone(),
            checked: files[1].clone(),
            launch: Box::new(move |build| {
                Ok(command(&files[usize::from(build == Build::Checked)]))
            }),
            is_local: true,
        });
        Objects { plain, checked, programs: programs.map(Arc::new) }
    }
}

/// Returns the command that starts a program, which finds nothing in its environment.
fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear();
    command
}

impl CDesign {
    /// Compiles the files of a name on the command line, or finds them compiled.
    ///
    /// # Errors
    /// If they can't be compiled, or have no interface that is known.
    pub fn of_files(spec: &str) -> Result<CDesign, Error> {
        let spec = Spec::parse(spec)?;
        if spec.paths.iter().any(|path| is_shared_object(&path.to_string_lossy())) {
            // There is nothing to instrument. And it is loaded once, bound to one runtime.
            let plain = build(&spec, Build::Plain)?;
            let checked = plain.clone();
            return Ok(CDesign { objects: Some(Arc::new(Objects::new(plain, checked))) });
        }
        let (plain, checked) = std::thread::scope(|scope| {
            let checked = scope.spawn(|| build(&spec, Build::Checked));
            (build(&spec, Build::Plain), checked.join())
        });
        // What is wrong with the files is wrong with both.
        let plain = plain?;
        let checked =
            checked.unwrap_or_else(|_| Err(Error::new("error: a compiler thread ended")))?;
        Ok(CDesign { objects: Some(Arc::new(Objects::new(plain, checked))) })
    }

    /// Returns what the compiler printed.
    pub fn warnings(&self) -> &str {
        self.objects.as_ref().map_or("", |objects| &objects.plain.warnings)
    }

    /// Returns what the lab has to say about the files.
    pub fn remarks(&self) -> &[String] {
        self.objects.as_ref().map_or(&[], |objects| &objects.plain.remarks)
    }
}

impl Design for CDesign {
    const NAME: &'static str = "./FILE.c";
    const ABOUT: &'static str = "a heap in C: its file, its folder, or a shared object";
    const WORDS: &'static [Word<Self>] = &[];
    const IS_NATIVE: bool = true;
    type Heap<P: Probe> = EitherHeap<P>;

    fn build<P: Probe>(&self, arena: Arena<P>, align: Align) -> Result<EitherHeap<P>, OutOfMemory> {
        let _ = align; // C code has its own
        let Some(objects) = &self.objects else {
            panic!("a heap in C has no files");
        };
        if let Some(programs) = &objects.programs {
            return RemoteHeap::build(programs, arena).map(EitherHeap::There);
        }
        let built = if P::IS_SILENT { &objects.plain } else { &objects.checked };
        CHeap::build(built, arena).map(EitherHeap::Here)
    }
}
