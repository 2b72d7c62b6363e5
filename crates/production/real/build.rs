//! Compiles the second mimalloc.
//!
//! Versions 3 and 2 have the same names, and one program can hold each name only once. So version
//! 2, whose sources come with the crate of version 3, is compiled here with all of its own names
//! changed.
#![forbid(unsafe_code)]

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    #[cfg(feature = "all")]
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux")
        && let Err(error) = mimalloc2::compile()
    {
        println!("cargo::error=mimalloc 2: {error}");
    }
}

#[cfg(feature = "all")]
mod mimalloc2 {
    use std::collections::BTreeSet;
    use std::error::Error;
    use std::path::{Path, PathBuf};
    use std::{env, fs};

    /// The prefix of the changed names.
    const PREFIX: &str = "heaplab_mimalloc2_";

    pub fn compile() -> Result<(), Box<dyn Error>> {
        // Set for crates that depend on the crate of version 3: .../v3/include.
        let of_version_3 = PathBuf::from(env::var("DEP_MIMALLOC_INCLUDE_DIR")?);
        let versions = of_version_3.ancestors().nth(2).ok_or("no sources")?;
        let root = versions.join("v2");
        let renaming = PathBuf::from(env::var("OUT_DIR")?).join("mimalloc2.h");
        fs::write(&renaming, renamed(&root)?)?;
        cc::Build::new()
            .file(root.join("src/static.c"))
            .include(root.join("include"))
            .include(root.join("src"))
            .flag("-include")
            .flag(renaming.display().to_string())
            .flag("-ftls-model=initial-exec")
            .define("MI_DEBUG", "0")
            .define("MI_BUILD_RELEASE", None)
            .define("NDEBUG", None)
            .opt_level(3)
            .warnings(false)
            .try_compile("heaplab_mimalloc2")?;
        Ok(())
    }

    /// Returns a header that renames every name in the sources. Macros keep their names, which only
    /// these sources see.
    fn renamed(root: &Path) -> Result<String, Box<dyn Error>> {
        let (mut names, mut macros) = (BTreeSet::new(), BTreeSet::new());
        let mut folders = vec![root.join("include"), root.join("src")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|of| of == "c" || of == "h") {
                    for line in fs::read_to_string(&path)?.lines() {
                        note(line, &mut names, &mut macros);
                    }
                }
            }
        }
        let lines =
            names.difference(&macros).map(|name| format!("#define {name} {PREFIX}{name}\n"));
        Ok(lines.collect())
    }

    fn note(line: &str, names: &mut BTreeSet<String>, macros: &mut BTreeSet<String>) {
        let is_of_a_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let mut words = line.split(|c| !is_of_a_name(c)).filter(|word| !word.is_empty());
        if line.trim_start().starts_with('#') && words.clone().next() == Some("define") {
            macros.extend(words.by_ref().nth(1).map(str::to_owned));
        }
        for word in words {
            if word.starts_with("mi_") || word.starts_with("_mi_") {
                names.insert(word.to_owned());
            }
        }
    }
}
