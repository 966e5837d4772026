//! One line of `SHOW GRANTS`, taken apart by its quotes and brackets, never by searching for words:
//! a database may be called `all` and a column `select`.

/// What a line says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Line {
    /// Privileges on an object.
    Grant(Grant),
    /// Privileges that are taken out of a wider grant.
    Revoke(Grant),
    /// Roles that were granted; whether they are active is another matter.
    Roles(Vec<Role>),
    /// Something that gives no privilege on data: a proxy, a default role, a routine.
    Other,
}

/// Privileges on an object, to somebody.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Grant {
    pub(super) privileges: Vec<Privilege>,
    pub(super) scope: Scope,
    pub(super) grantee: String,
}

/// A privilege by its name in capitals.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Privilege {
    pub(super) name: String,
    /// The columns it is limited to; empty for the whole object.
    pub(super) columns: Vec<String>,
}

/// What a grant is about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Scope {
    Global,
    /// The name or pattern of a database, as it stands between the quotes.
    Schema(String),
    Table {
        schema: String,
        table: String,
    },
}

/// A role: in MySQL with a host, in MariaDB without.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Role {
    pub(super) name: String,
    pub(super) host: Option<String>,
}

/// A part of a statement.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Token {
    /// A comma, a dot, a bracket or an at sign.
    Mark(char),
    /// Anything in quotes, without them.
    Quoted(String),
    /// Anything else between blanks.
    Word(String),
}

impl Line {
    /// Reads a line; what it does not understand gives nothing.
    pub(super) fn parse(line: &str) -> Self {
        let tokens = tokens(line);
        Self::read(&tokens).unwrap_or(Self::Other)
    }

    fn read(tokens: &[Token]) -> Option<Self> {
        let (verb, rest) = tokens.split_first()?;
        let end = if verb.is("GRANT") {
            "TO"
        } else if verb.is("REVOKE") {
            "FROM"
        } else {
            return None;
        };
        let end = rest.iter().position(|token| token.is(end))?;
        let grantee = grantee(rest.get(end + 1..)?);
        let what = rest.get(..end)?;
        let Some(on) = what.iter().position(|token| token.is("ON")) else {
            return verb.is("GRANT").then(|| Self::Roles(roles(what)));
        };
        let mut privileges = privileges(what.get(..on)?);
        if hands_on(rest.get(end..)?) {
            privileges.push(Privilege { name: "GRANT OPTION".into(), columns: Vec::new() });
        }
        let grant = Grant { privileges, scope: Scope::read(what.get(on + 1..)?)?, grantee };
        if verb.is("GRANT") { Some(Self::Grant(grant)) } else { Some(Self::Revoke(grant)) }
    }
}

impl Scope {
    /// Reads what follows `ON`. Routines and proxies have a word or an account there.
    fn read(tokens: &[Token]) -> Option<Self> {
        let tokens = match tokens {
            [first, rest @ ..] if first.is("TABLE") => rest,
            all => all,
        };
        let [schema, Token::Mark('.'), table] = tokens else { return None };
        match (schema, table) {
            (Token::Word(all), Token::Word(every)) if all == "*" && every == "*" => {
                Some(Self::Global)
            }
            (Token::Quoted(schema), Token::Word(every)) if every == "*" => {
                Some(Self::Schema(schema.clone()))
            }
            (Token::Quoted(schema), Token::Quoted(table)) => {
                Some(Self::Table { schema: schema.clone(), table: table.clone() })
            }
            _ => None,
        }
    }
}

impl Role {
    /// Reads the roles as `CURRENT_ROLE()` gives them: MySQL quotes a list, MariaDB has one name.
    pub(super) fn active(current: &str, quoted: bool) -> Vec<Self> {
        if quoted {
            return roles(&tokens(current));
        }
        vec![Self { name: current.to_owned(), host: None }]
    }

    /// The role as a statement names it.
    pub fn quoted(&self) -> String {
        let name = crate::quote::mysql::ident(&self.name);
        match &self.host {
            Some(host) => format!("{name}@{}", crate::quote::mysql::ident(host)),
            None => name,
        }
    }
}

impl Token {
    fn is(&self, word: &str) -> bool {
        matches!(self, Self::Word(own) if own.eq_ignore_ascii_case(word))
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Mark(_) => None,
            Self::Quoted(text) | Self::Word(text) => Some(text),
        }
    }
}

/// Whether what follows `TO` lets the grantee hand on what it has.
fn hands_on(tokens: &[Token]) -> bool {
    tokens.windows(2).any(|pair| matches!(pair, [one, two] if one.is("GRANT") && two.is("OPTION")))
}

fn grantee(tokens: &[Token]) -> String {
    match tokens {
        [name, Token::Mark('@'), host, ..] => {
            format!("{}@{}", name.text().unwrap_or_default(), host.text().unwrap_or_default())
        }
        [name, ..] => name.text().unwrap_or_default().to_owned(),
        [] => String::new(),
    }
}

fn roles(tokens: &[Token]) -> Vec<Role> {
    let role = |part: &[Token]| match part {
        [name] => Some(Role { name: name.text()?.to_owned(), host: None }),
        [name, Token::Mark('@'), host] => {
            Some(Role { name: name.text()?.to_owned(), host: Some(host.text()?.to_owned()) })
        }
        _ => None,
    };
    tokens.split(|token| *token == Token::Mark(',')).filter_map(role).collect()
}

/// Reads `SELECT (a, b), UPDATE (c)`: a comma within brackets parts columns, not privileges.
fn privileges(tokens: &[Token]) -> Vec<Privilege> {
    let mut all = Vec::new();
    let (mut name, mut columns, mut within) = (Vec::new(), Vec::new(), false);
    for token in tokens.iter().chain([&Token::Mark(',')]) {
        match token {
            Token::Mark('(') => within = true,
            Token::Mark(')') => within = false,
            Token::Mark(',') if !within && !name.is_empty() => {
                let name = std::mem::take(&mut name).join(" ");
                all.push(Privilege { name, columns: std::mem::take(&mut columns) });
            }
            Token::Quoted(column) | Token::Word(column) if within => columns.push(column.clone()),
            Token::Word(word) => name.push(word.to_ascii_uppercase()),
            Token::Mark(_) | Token::Quoted(_) => {}
        }
    }
    all
}

pub(super) fn tokens(line: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '`' | '\'' | '"' => quoted(rest, first),
            ',' | '.' | '(' | ')' | '@' => (Token::Mark(first), first.len_utf8()),
            _ => word(rest),
        };
        tokens.push(token);
        rest = rest.get(length..).unwrap_or_default().trim_start();
    }
    tokens
}

fn word(rest: &str) -> (Token, usize) {
    let ends = |c: char| c.is_whitespace() || "`'\",.()@".contains(c);
    let length = rest.find(ends).unwrap_or(rest.len());
    (Token::Word(rest.get(..length).unwrap_or_default().to_owned()), length)
}

/// A quoted text at the start of `rest`, and how many bytes it takes; a doubled quote stands for
/// one. Without an end it reaches to the end of the line.
fn quoted(rest: &str, quote: char) -> (Token, usize) {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c != quote {
            text.push(c);
        } else if chars.peek().is_some_and(|(_, next)| *next == quote) {
            chars.next();
            text.push(c);
        } else {
            return (Token::Quoted(text), at + c.len_utf8());
        }
    }
    (Token::Quoted(text), rest.len())
}

/// Takes the password hash out of a line: MariaDB prints it to the account itself.
///
/// Everything from the first to the last single quote after an unquoted `IDENTIFIED` goes, whatever
/// it holds: a hash that stays is worse than a host name that is lost.
pub fn redact(line: &str) -> String {
    let hidden = || {
        let from = identified(line)?;
        let first = from + line.get(from..)?.find('\'')?;
        let last = line.rfind('\'').filter(|last| *last > first).unwrap_or(line.len() - 1);
        Some(format!("{}<redacted>{}", line.get(..first)?, line.get(last + 1..)?))
    };
    hidden().unwrap_or_else(|| line.to_owned())
}

/// Where `IDENTIFIED` stands outside quotes.
pub(super) fn identified(line: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(first) = line.get(at..)?.chars().next() {
        let rest = line.get(at..)?;
        let length = match first {
            '`' | '\'' | '"' => quoted(rest, first).1,
            c if c.is_alphabetic() => word(rest).1,
            c => c.len_utf8(),
        };
        if rest.get(..length)?.eq_ignore_ascii_case("IDENTIFIED") {
            return Some(at);
        }
        at += length;
    }
    None
}
