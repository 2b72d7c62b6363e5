//! A source as tokens without names and numbers.

use ra_ap_rustc_lexer::{FrontmatterAllowed, LiteralKind, TokenKind, tokenize};

/// Tokens of a source: the kind of each, and the line on which it starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// The kind of each token: equal numbers for equal tokens.
    pub symbols: Vec<u64>,
    /// The line of each, from 1.
    pub lines: Vec<u32>,
}

/// The language of the sources that are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Rust.
    #[default]
    Rust,
    /// C.
    C,
}

/// Words that are kept in Rust, because they say what the code does. All other words are names.
const IN_RUST: [&str; 37] = [
    "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern",
    "false", "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub",
    "ref", "return", "self", "Self", "static", "struct", "super", "trait", "true", "type", "use",
    "where", "while",
];

/// The same in C. Types are not among them: a `size_t` may be an `unsigned long`.
const IN_C: [&str; 25] = [
    "break", "case", "continue", "default", "define", "do", "else", "endif", "enum", "extern",
    "for", "goto", "if", "ifdef", "ifndef", "include", "return", "sizeof", "static", "struct",
    "switch", "typedef", "undef", "union", "while",
];

impl Tokens {
    /// Returns the tokens of a text, whether it parses or not. The signs, comments and literals of
    /// C are those of Rust, as far as it matters here.
    pub fn of(text: &str, language: Language) -> Tokens {
        let keywords = match language {
            Language::Rust => &IN_RUST[..],
            Language::C => &IN_C[..],
        };
        let mut tokens = Tokens::default();
        let (mut at, mut line) = (0, 1);
        for token in tokenize(text, FrontmatterAllowed::No) {
            let part = &text[at..at + token.len as usize];
            if let Some(symbol) = symbol(token.kind, part, keywords) {
                tokens.symbols.push(fnv1a(symbol.as_bytes()));
                tokens.lines.push(line);
            }
            at += part.len();
            let ends = part.bytes().filter(|&byte| byte == b'\n').count();
            line += u32::try_from(ends).unwrap_or(u32::MAX);
        }
        tokens
    }
}

/// Returns what a token counts as in the comparison; `None` for what is not code.
fn symbol<'t>(kind: TokenKind, text: &'t str, keywords: &[&str]) -> Option<&'t str> {
    Some(match kind {
        TokenKind::LineComment { .. } | TokenKind::BlockComment { .. } | TokenKind::Whitespace => {
            return None;
        }
        TokenKind::Frontmatter { .. } | TokenKind::Eof => return None,
        TokenKind::Ident if keywords.contains(&text) => text,
        TokenKind::Ident | TokenKind::RawIdent | TokenKind::InvalidIdent => "a name",
        TokenKind::Lifetime { .. } | TokenKind::RawLifetime => "a lifetime",
        TokenKind::Literal {
            kind: LiteralKind::Int { .. } | LiteralKind::Float { .. }, ..
        } => "a number",
        TokenKind::Literal { .. } => "a text",
        _ => text,
    })
}

/// Computes the hash of Fowler, Noll and Vo, which is the same in every build.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rust(text: &str) -> Tokens {
        Tokens::of(text, Language::Rust)
    }

    #[test]
    fn names_types_and_numbers_of_c_are_ignored() {
        let c = |text: &str| Tokens::of(text, Language::C).symbols;
        let one =
            "#define WSIZE 4 /* bytes */\nstatic void *place(char *bp) { while (bp) bp += WSIZE; }";
        let other = "#define W 8\nstatic int *put(long *p) { while (p) p += W; } // same";
        assert_eq!(c(one), c(other));
        assert_ne!(c("if (a) b;"), c("while (a) b;"));
        assert_ne!(c("a->b"), c("a.b"));
    }

    #[test]
    fn only_names_numbers_and_comments_are_ignored() {
        let one = rust("/// Doc.\nfn split(&mut self, size: u32) -> u32 { size - 8 } // rest");
        let other = rust("fn cut(\n  &mut self,\n  n: T,\n) -> T { a - 0x10 /* x */ }");
        // The second has one comma more.
        assert_eq!(one.symbols.len() + 1, other.symbols.len());
        assert_eq!(rust("fn f<'a>(x: &'a u8) {}").symbols, rust("fn g<'b>(y: &'b T) {}").symbols);
        assert_ne!(rust("a + b").symbols, rust("a - b").symbols);
        assert_ne!(rust("if x {}").symbols, rust("while x {}").symbols);
        assert_ne!(rust("1").symbols, rust("\"1\"").symbols);
    }

    #[test]
    fn tokens_have_the_lines_of_the_source() {
        let tokens = rust("a\n/* \n */ b \"\n\" c");
        assert_eq!(tokens.lines, [1, 3, 3, 4]);
    }

    proptest! {
        #[test]
        fn any_text_can_be_split_into_tokens(text: String) {
            let tokens = rust(&text);
            prop_assert_eq!(tokens.symbols.len(), tokens.lines.len());
        }
    }
}
