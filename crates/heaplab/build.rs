//! Links the command so that no production allocator starts before it is requested.
#![forbid(unsafe_code)]

use std::env;

fn main() {
    const SCRIPT: &str = "without-start-up.ld";
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={SCRIPT}");
    let has_them = env::var_os("CARGO_FEATURE_REAL").is_some();
    let on_linux = env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux");
    if let (true, true, Ok(folder)) = (has_them, on_linux, env::var("CARGO_MANIFEST_DIR")) {
        println!("cargo::rustc-link-arg-bins=-Wl,-T,{folder}/{SCRIPT}");
    }
}
