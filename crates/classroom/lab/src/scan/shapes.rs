//! Shapes of types that no allocator needs, and with which safe Rust is not safe: the compiler has
//! known faults with them, so a source could read and write the memory of its grader.
//!
//! | shape | faults of rust-lang/rust that need it |
//! |---|---|
//! | a function pointer type, `fn(..)`, of more than plain numbers | 25860 |
//! | `for<'a>` | 84591, 141713 |
//! | `dyn` | 57893, 84533, 114389, 152783 |
//! | `?Sized` | 57893 |
//! | a trait with an associated type | 84366, 100051 |
//! | a projection, `I::Item`; `peek_mut`; `peekable` with a `Cell` | 84366 with the traits of `core` |
//! | `async` | a type that hides others |
//! | `*const`, `*mut` | none: it shows where the host put something |
//!
//! 84366: a closure's type hides the lifetimes of what it returns, and so does an opaque type,
//! `impl Iterator + 'a`. A reference that is stored as such a closure's result may then outlive
//! what it points to. Code can store one only if it names the type of the result, or has `core`'s
//! `Peekable`, which has a field of that type.

use super::level::Level;
use super::names::Names;
use super::plain;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

pub(super) const UNSOUND: &str = "an allocator does not need it, and the compiler has known faults with it: use \
                       a function, an enum or a generic parameter";
const RAW: &str = "an allocator has only the machine's addresses, `Addr`";

/// Returns what is forbidden at the current token, which is this word, and why. `names` are those
/// of the source.
pub(super) fn at(word: &str, level: &Level, names: &Names) -> Option<(&'static str, &'static str)> {
    match word {
        "dyn" if !is_name(level) => Some(("dyn", UNSOUND)),
        "for" if level.is_punct(1, '<') => Some(("for<..>", UNSOUND)),
        "Sized" if level.is_punct(-1, '?') => Some(("?Sized", UNSOUND)),
        "fn" if !is_function(level) && !is_of_numbers(level) => Some(("fn(..)", UNSOUND)),
        "trait" if has_types(level) => Some(("a trait with a type", UNSOUND)),
        "const" | "mut" if is_raw(level) => Some(("a raw pointer", RAW)),
        "async" if !is_name(level) => Some(("async", UNSOUND)),
        "peek_mut" => Some(("peek_mut", UNSOUND)),
        _ if is_projection(word, level, names) => Some(("a projection", UNSOUND)),
        _ => None,
    }
}

/// Returns whether the word is not the keyword but part of a name: `r#dyn`, `'dyn`.
fn is_name(level: &Level) -> bool {
    level.is_punct(-1, '\'')
        || matches!(level.near(0), Some(TokenTree::Ident(word)) if word.to_string().starts_with("r#"))
}

/// Returns whether a function follows the word `fn`, and not the arguments of a pointer. A macro
/// may make the name of a function; its arguments follow.
fn is_function(level: &Level) -> bool {
    match level.near(1) {
        Some(TokenTree::Ident(_)) => true,
        Some(TokenTree::Punct(punct)) if punct.as_char() == '$' => {
            let is_group = matches!(level.near(3), Some(TokenTree::Group(_)));
            level.ident(2).is_some() && (is_group || level.is_punct(3, '<'))
        }
        _ => false,
    }
}

/// Returns whether the function pointer at hand takes and returns only plain numbers, so that no
/// lifetime is in its type: `fn(u32, bool) -> u32`.
fn is_of_numbers(level: &Level) -> bool {
    let Some(TokenTree::Group(arguments)) = level.near(1) else { return false };
    let returns = level.is_punct(2, '-') && level.is_punct(3, '>');
    let result = if returns { level.near(4).cloned() } else { None };
    !level.in_macro && arguments.stream().into_iter().chain(result).all(|token| is_number(&token))
}

fn is_number(token: &TokenTree) -> bool {
    const NUMBERS: [&str; 13] = [
        "bool", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128",
        "isize",
    ];
    match token {
        TokenTree::Ident(word) => NUMBERS.iter().any(|number| word == number),
        TokenTree::Punct(punct) => punct.as_char() == ',',
        TokenTree::Group(_) | TokenTree::Literal(_) => false,
    }
}

/// Returns whether the body of the trait at hand has types of its own, or parts that a macro makes.
fn has_types(level: &Level) -> bool {
    let mut at = 1;
    loop {
        match level.near(at) {
            Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => {
                return declares_type(body) || level.in_macro && is_made(body.stream());
            }
            Some(_) => at += 1,
            // It is an argument of a macro, which may put it anywhere.
            None => return level.in_macro,
        }
    }
}

fn declares_type(body: &Group) -> bool {
    body.stream().into_iter().any(|token| matches!(token, TokenTree::Ident(word) if word == "type"))
}

/// Returns whether a macro puts something here.
fn is_made(body: TokenStream) -> bool {
    body.into_iter().any(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == '$'))
}

/// The types of traits of `core`, and of the heap's contract, that a closure's result can be.
const RESULTS: [&str; 9] =
    ["Item", "Output", "IntoIter", "Target", "Owned", "Err", "Error", "Probe", "Heap"];

/// Returns whether the word at hand may name the type of a closure's result, and is not the
/// variant of an enum with fields.
pub(super) fn is_result(word: &str, level: &Level) -> bool {
    RESULTS.contains(&word) && !matches!(level.near(1), Some(TokenTree::Group(_)))
}

/// Returns whether the word at hand names the type that belongs to another type: `I::Item`, `<I as
/// Iterator>::Item`. `Self::Item` is one of the few that are needed, where it is returned; a
/// variant, `E::Err(..)`, is none.
fn is_projection(word: &str, level: &Level, names: &Names) -> bool {
    let is_after_colons = level.is_punct(-1, ':') && level.is_punct(-2, ':');
    if !is_result(word, level) || !is_after_colons || level.is_punct(1, ':') || level.in_use {
        return false;
    }
    match level.near(-3) {
        Some(TokenTree::Ident(name)) if *name == "Self" => word != "Probe" && !is_returned(level),
        Some(TokenTree::Ident(name)) => level.in_macro || names.may_be_parameter(&plain(name)),
        _ => true,
    }
}

/// Returns whether the type at hand is part of what a function returns: `-> Option<Self::Item>`.
fn is_returned(level: &Level) -> bool {
    let mut at = -4;
    loop {
        match level.near(at) {
            Some(TokenTree::Punct(punct)) if punct.as_char() == '>' => {
                return level.is_punct(at - 1, '-');
            }
            Some(TokenTree::Punct(punct)) if "<&,':".contains(punct.as_char()) => at -= 1,
            Some(TokenTree::Ident(_)) => at -= 1,
            _ => return false,
        }
    }
}

/// Returns whether the word at hand makes a raw pointer type of a `*`: `*const T`, `&raw const x`.
fn is_raw(level: &Level) -> bool {
    level.is_punct(-1, '*') || level.ident(-1).as_deref() == Some("raw") && level.is_punct(-2, '&')
}

#[cfg(test)]
mod tests {
    use super::super::scan;

    fn found(source: &str) -> Vec<String> {
        let source = format!("#![no_std]\n{source}");
        scan(&source).into_iter().map(|finding| finding.what).collect()
    }

    #[test]
    fn unsound_shapes_are_found() {
        for (source, what) in [
            ("fn f(g: fn(&u32) -> u32) {}", "fn(..)"),
            ("fn f(g: fn(u32) -> R) {}", "fn(..)"),
            ("fn f(g: fn(u32, fn(R))) {}", "fn(..)"),
            ("fn f() { let g: for<'a> fn(&'a u32) = h; }", "for<..>"),
            ("type G<'a, 'b, T> = fn(&'a &'b (), &'b T) -> &'a T;", "fn(..)"),
            ("macro_rules! m { ($f:ident) => { type G = $f(u32); } } m!(fn);", "fn(..)"),
            ("macro_rules! m { ($a:tt) => { type G = fn $a; } } m!((u32));", "fn(..)"),
            ("fn f(x: &dyn Fn()) {}", "dyn"),
            ("struct S<T: ?Sized>(T);", "?Sized"),
            ("fn f<T>() where T: Copy + ? Sized {}", "?Sized"),
            ("trait T { type A; }", "a trait with a type"),
            ("pub trait T<X>: U where X: Copy { fn f(); type A: Copy; }", "a trait with a type"),
            (
                "macro_rules! m { ($($t:tt)*) => { trait T { $($t)* } } } m!(type A;);",
                "a trait with a type",
            ),
            (
                "macro_rules! m { ($t:tt) => { $t T { type A; } } } m!(trait);",
                "a trait with a type",
            ),
            ("fn f<F>(f: F) where for<'a> F: Fn(&'a u32) {}", "for<..>"),
            ("fn f(x: &u32) -> usize { x as *const u32 as usize }", "a raw pointer"),
            ("fn f(x: *mut u8) {}", "a raw pointer"),
            ("fn f(x: u32) { let p = &raw const x; }", "a raw pointer"),
            ("struct S<I: Iterator>(I, Option<I::Item>);", "a projection"),
            ("struct S<I: Iterator>(I, <I as Iterator>::Item);", "a projection"),
            ("fn f<F: FnMut() -> R, R>(f: F, x: F::Output) {}", "a projection"),
            ("struct S<T: core::str::FromStr>(T::Err);", "a projection"),
            ("enum T { Item } struct S<T: Iterator>(T, T::Item);", "a projection"),
            ("struct S<t: Iterator>(t, t::Item);", "a projection"),
            ("fn f<H: Heap>(h: H, p: H::Probe) {}", "a projection"),
            (
                "macro_rules! p { ($n:ident) => { struct Q<I: Iterator>(I, I::$n); } } p!(Item);",
                "a projection",
            ),
            (
                "macro_rules! p { ($c:tt, $n:ident) => { fn f<I: Iterator>(x: I $c $n) {} } } p!(::, Item);",
                "a projection",
            ),
            ("trait Hold: Iterator { fn hold(self, x: Self::Item) {} }", "a projection"),
            ("fn f(i: I) { let x: Option<Self::Item> = i.next(); }", "a projection"),
            ("fn f(p: P) { if let Some(x) = p.peek_mut() { *x = r; } }", "peek_mut"),
            ("use core::cell::Cell; fn f(i: I) { i.peekable().peek() }", "peekable"),
            ("fn f(p: core::iter::Peekable<I>, c: OnceCell<u32>) {}", "Peekable"),
            ("async fn f() {}", "async"),
            ("fn f() { let x = async { 1 }; }", "async"),
        ] {
            assert!(
                found(source).iter().any(|found| found == what),
                "{source}: {:?}",
                found(source)
            );
        }
    }

    #[test]
    fn shapes_that_are_sound_are_not_found() {
        for source in [
            "fn f() { for i in 0..4 { g(i < 2) } }",
            "trait Fit { const N: u32; fn fit(&self, bytes: u32) -> bool; }",
            "impl Iterator for S { type Item = u32; fn next(&mut self) -> Option<u32> { None } }",
            "fn f(g: impl Fn(u32) -> u32) -> u32 { g(1) }",
            "fn f(g: fn(u32, bool) -> u32, h: fn()) { const _: fn(u32) = k; }",
            "fn f(x: &mut u32, y: &u32) { *x = *y * 2; let mut z = *x; z = 3 * z; }",
            "macro_rules! m { ($n:ident) => { fn $n(x: u32) {} fn $n<T>(x: T) {} } } m!(f);",
            "struct S<T: Sized>(T); fn f() -> Result<u32, ()> { Ok(g()?) }",
            "fn r#dyn() {} fn f() { let raw = 1; let raw = &raw; }",
            "#[cfg(test)] mod tests { fn f(g: fn(&u32), x: &dyn Fn()) {} }",
            "impl Iterator for S { type Item = u32; fn next(&mut self) -> Option<Self::Item> { None } }",
            "impl Add for S { type Output = S; fn add(self, b: S) -> Self::Output { b } }",
            "impl FromStr for S { type Err = E; fn from_str(s: &str) -> Result<Self, Self::Err> { f(s) } }",
            "impl<P: Probe> Heap for S<P> { fn copy_onto(&self, a: Arena<Self::Probe>) -> Option<Self> { None } }",
            "fn blocks(&self) -> impl Iterator<Item = BlockView> + '_ { self.all().peekable() }",
            "fn f() -> Result<u32, E> { Result::Err(E::Error(1)) } fn g(e: E) { matches!(e, E::Heap { .. }) }",
            "struct Cell { size: u32 }",
            "macro_rules! m { ($x:expr) => { matches!($x, Err(_)) } } fn f() { m!(Err(1)); }",
            "enum Place { Heap, Item } fn f(p: Place) -> bool { p == Place::Heap || p == Place::Item }",
        ] {
            assert_eq!(found(source), [""; 0], "{source}");
        }
    }
}
