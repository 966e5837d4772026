//! Statements taken apart into words, for the models that the tests run them on.

/// A word of a statement.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Word {
    /// A keyword, a number or a mark, in capitals.
    Plain(String),
    /// A name between quotes, without them.
    Name(String),
}

/// The statements of a script, each as its words without the semicolon. `quote` is what stands
/// around names.
pub(super) fn statements(script: &str, quote: char) -> Vec<Vec<Word>> {
    let mut statements = vec![Vec::new()];
    let mut rest = script.chars().peekable();
    while let Some(c) = rest.next() {
        let last = statements.last_mut().expect("there is always one");
        if c == quote {
            let mut name = String::new();
            while let Some(c) = rest.next() {
                if c == quote && rest.next_if_eq(&quote).is_none() {
                    break;
                }
                name.push(c);
            }
            last.push(Word::Name(name));
        } else if c == ';' {
            statements.push(Vec::new());
        } else if is_of_word(c) {
            let mut word = String::from(c);
            while let Some(c) = rest.next_if(|c| is_of_word(*c)) {
                word.push(c);
            }
            last.push(Word::Plain(word.to_uppercase()));
        } else if !c.is_whitespace() {
            last.push(Word::Plain(c.into()));
        }
    }
    statements.retain(|statement| !statement.is_empty());
    statements
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The words as one line in which every name is `$`, and the names in their order.
pub(super) fn shape(statement: &[Word]) -> (String, Vec<String>) {
    let mut names = Vec::new();
    let words: Vec<&str> = statement
        .iter()
        .map(|word| match word {
            Word::Plain(word) => word.as_str(),
            Word::Name(name) => {
                names.push(name.clone());
                "$"
            }
        })
        .collect();
    (words.join(" "), names)
}
