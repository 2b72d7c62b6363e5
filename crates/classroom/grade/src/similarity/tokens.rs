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

/// Words that are kept, because they say what the code does. All other words are names.
const KEYWORDS: [&str; 37] = [
    "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern",
    "false", "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub",
    "ref", "return", "self", "Self", "static", "struct", "super", "trait", "true", "type", "use",
    "where", "while",
];

impl Tokens {
    /// Returns the tokens of a text, whether it parses or not.
    pub fn of(text: &str) -> Tokens {
        let mut tokens = Tokens::default();
        let (mut at, mut line) = (0, 1);
        for token in tokenize(text, FrontmatterAllowed::No) {
            let part = &text[at..at + token.len as usize];
            if let Some(symbol) = symbol(token.kind, part) {
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
fn symbol(kind: TokenKind, text: &str) -> Option<&str> {
    Some(match kind {
        TokenKind::LineComment { .. } | TokenKind::BlockComment { .. } | TokenKind::Whitespace => {
            return None;
        }
        TokenKind::Frontmatter { .. } | TokenKind::Eof => return None,
        TokenKind::Ident if KEYWORDS.contains(&text) => text,
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

    #[test]
    fn only_names_numbers_and_comments_are_ignored() {
        let one =
            Tokens::of("/// Doc.\nfn split(&mut self, size: u32) -> u32 { size - 8 } // rest");
        let other = Tokens::of("fn cut(\n  &mut self,\n  n: T,\n) -> T { a - 0x10 /* x */ }");
        // The second has one comma more.
        assert_eq!(one.symbols.len() + 1, other.symbols.len());
        assert_eq!(
            Tokens::of("fn f<'a>(x: &'a u8) {}").symbols,
            Tokens::of("fn g<'b>(y: &'b T) {}").symbols
        );
        assert_ne!(Tokens::of("a + b").symbols, Tokens::of("a - b").symbols);
        assert_ne!(Tokens::of("if x {}").symbols, Tokens::of("while x {}").symbols);
        assert_ne!(Tokens::of("1").symbols, Tokens::of("\"1\"").symbols);
    }

    #[test]
    fn tokens_have_the_lines_of_the_source() {
        let tokens = Tokens::of("a\n/* \n */ b \"\n\" c");
        assert_eq!(tokens.lines, [1, 3, 3, 4]);
    }

    proptest! {
        #[test]
        fn any_text_can_be_split_into_tokens(text: String) {
            let tokens = Tokens::of(&text);
            prop_assert_eq!(tokens.symbols.len(), tokens.lines.len());
        }
    }
}
