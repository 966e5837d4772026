//! Names of databases in grants are patterns.

/// One element of a pattern.
#[derive(Clone, Copy, PartialEq)]
enum Element {
    /// `%`: any number of characters.
    Any,
    /// This character; a backslash makes a wildcard an ordinary one.
    Char(char),
    /// `_`: any one character.
    One,
}

fn elements(pattern: &str) -> Vec<Element> {
    let mut elements = Vec::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        let escaped = chars.next_if(|next| c == '\\' && matches!(next, '_' | '%' | '\\'));
        elements.push(match (escaped, c) {
            (Some(escaped), _) => Element::Char(escaped),
            (None, '%') => Element::Any,
            (None, '_') => Element::One,
            (None, c) => Element::Char(c),
        });
    }
    elements
}

/// How far a pattern is an ordinary name: all of it, or up to its first wildcard.
pub(super) fn specificity(pattern: &str) -> usize {
    let wild = |element: &Element| !matches!(element, Element::Char(_));
    elements(pattern).iter().position(wild).unwrap_or(usize::MAX)
}

/// Whether a name fits a pattern. Takes time in proportion to both lengths: on a mismatch only the
/// last `%` takes one character more.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (elements(pattern), name.chars().collect::<Vec<_>>());
    let (mut at, mut of, mut retry) = (0, 0, None);
    while of < name.len() {
        match pattern.get(at) {
            Some(Element::Any) => {
                retry = Some((at + 1, of));
                at += 1;
            }
            Some(Element::One) => (at, of) = (at + 1, of + 1),
            Some(Element::Char(c)) if name.get(of) == Some(c) => (at, of) = (at + 1, of + 1),
            _ => {
                let Some((after, from)) = retry else { return false };
                retry = Some((after, from + 1));
                (at, of) = (after, from + 1);
            }
        }
    }
    pattern.iter().skip(at).all(|element| *element == Element::Any)
}
