//! Tokens of the API: `cdcp_ID_SECRET`, both parts in hexadecimal.
//!
//! The id finds the row; of the secret only a digest is kept. 256 random bits need no slow hash: no
//! one goes through them. `openssl rand -hex 8` and `openssl rand -hex 32` make the parts, too.

use std::path::{Path, PathBuf};

use rustls::crypto::aws_lc_rs;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use thiserror::Error;

use super::scope::{Scopes, UnknownScope};

/// What every token begins with, so that scanners for secrets know it.
const PREFIX: &str = "cdcp_";
/// Digits of the id.
const ID: usize = 16;
/// Digits of the secret.
const SECRET: usize = 64;
/// The largest file of tokens, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// The system gives no random bytes.
#[derive(Debug, Error)]
#[error("no random bytes are to be had")]
pub struct NoRandomness;

/// A token as its holder has it. It can be shown once, and shows nothing in `Debug`.
#[derive(Clone, Debug)]
pub struct Token {
    id: String,
    secret: SecretString,
}

/// The SHA-256 of a token's secret, in hexadecimal: all that is kept of it.
#[derive(Clone, Debug)]
pub struct TokenDigest(String);

impl Token {
    /// A new token, which nobody can guess.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn generate() -> Result<Self, NoRandomness> {
        let mut bytes = [0; (ID + SECRET) / 2];
        let random = aws_lc_rs::default_provider().secure_random;
        random.fill(&mut bytes).map_err(|_| NoRandomness)?;
        let (id, secret) = bytes.split_at(ID / 2);
        Ok(Self { id: hex(id), secret: hex(secret).into() })
    }

    /// The token that a text is; `None` where it has another form.
    pub fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let has_form = is_hex(id, ID) && is_hex(secret, SECRET);
        has_form.then(|| Self { id: id.into(), secret: secret.into() })
    }

    /// Whether a text can be the part of a token that is no secret.
    pub fn is_id(text: &str) -> bool {
        is_hex(text, ID)
    }

    /// The part that is no secret.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What to keep of the secret.
    pub fn digest(&self) -> TokenDigest {
        TokenDigest(hex(&Sha256::digest(self.secret.expose_secret())))
    }

    /// The whole token, for its holder.
    pub fn expose(&self) -> String {
        format!("{PREFIX}{}_{}", self.id, self.secret.expose_secret())
    }
}

impl TokenDigest {
    /// The digest that was kept.
    pub fn kept(text: String) -> Self {
        Self(text)
    }

    /// As it is kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether they are the same; takes as long where they are not.
    pub fn is(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

/// A token that a file gives to the operator's own people. It does not expire: the file is changed.
#[derive(Clone, Debug)]
pub struct FileToken {
    /// The part that is no secret.
    pub id: String,
    /// What it is called in the audit log.
    pub name: String,
    /// What its holder may do.
    pub scopes: Scopes,
    /// What is kept of the secret.
    pub digest: TokenDigest,
}

/// Why a file of tokens is not usable. It repeats nothing of the file.
#[derive(Debug, Error)]
pub enum TokenFileError {
    /// It cannot be read.
    #[error("{0:?}: {1}")]
    Unreadable(PathBuf, std::io::Error),
    /// A line that is none.
    #[error("{0:?}, line {1}: {2}")]
    Line(PathBuf, usize, LineError),
}

/// What is wrong with a line.
#[derive(Debug, Error)]
pub enum LineError {
    /// Not three words.
    #[error("a line is TOKEN SCOPES NAME")]
    Words,
    /// The first word is no token.
    #[error("a token is cdcp_, 16 digits, _ and 64 digits, in lower-case hexadecimal")]
    Token,
    /// The second word holds something else than scopes.
    #[error(transparent)]
    Scope(#[from] UnknownScope),
    /// The third word is no name.
    #[error("{}", NAME_RULE)]
    Name,
    /// The id is that of a line before.
    #[error("the id stands twice")]
    Twice,
}

/// What a name of a token is.
pub const NAME_RULE: &str = "a name is 1 to 64 letters, digits, -, _ and ., and begins with a \
                             letter or a digit";

/// Whether a token can have this name.
pub fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// Reads a file of tokens: lines of `TOKEN SCOPE[,SCOPE] NAME`, and comments behind `#`.
///
/// # Errors
/// Where it cannot be read, or the first line that is wrong.
pub fn read_file(path: &Path) -> Result<Vec<FileToken>, TokenFileError> {
    let text =
        read_bounded(path).map_err(|error| TokenFileError::Unreadable(path.into(), error))?;
    let mut tokens: Vec<FileToken> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let wrong = |error| TokenFileError::Line(path.into(), number, error);
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let token = parse_line(line).map_err(wrong)?;
        if tokens.iter().any(|known| known.id == token.id) {
            return Err(wrong(LineError::Twice));
        }
        tokens.push(token);
    }
    Ok(tokens)
}

fn parse_line(line: &str) -> Result<FileToken, LineError> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [token, scopes, name] = words.as_slice() else { return Err(LineError::Words) };
    let token = Token::parse(token).ok_or(LineError::Token)?;
    let scopes = scopes.parse()?;
    if !is_name(name) {
        return Err(LineError::Name);
    }
    let name = (*name).to_owned();
    Ok(FileToken { id: token.id().to_owned(), name, scopes, digest: token.digest() })
}

fn read_bounded(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    let file = std::fs::File::open(path)?;
    std::io::Read::read_to_string(&mut std::io::Read::take(file, LARGEST + 1), &mut text)?;
    match text.len() as u64 > LARGEST {
        true => Err(std::io::Error::other(format!("it is larger than {LARGEST} bytes"))),
        false => Ok(text),
    }
}

/// Whether a text is so many digits, as [`hex`] writes them.
fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_was_shown() {
        let token = Token::generate().expect("random bytes");
        let shown = token.expose();
        assert_eq!(shown.len(), PREFIX.len() + ID + 1 + SECRET);
        let again = Token::parse(&shown).expect("a token");
        assert_eq!(again.id(), token.id());
        assert!(again.digest().is(&token.digest()));
        let other = Token::generate().expect("random bytes");
        assert!(other.id() != token.id() && !other.digest().is(&token.digest()));
    }

    #[test]
    fn a_token_shows_nothing_of_its_secret() {
        let token = Token::generate().expect("random bytes");
        let shown = token.expose();
        let secret = shown.rsplit('_').next().expect("the secret");
        assert!(!format!("{token:?}").contains(secret));
        assert!(!token.digest().as_str().contains(secret));
    }

    #[test]
    fn what_has_another_form_is_no_token() {
        let (id, secret) = ("0123456789abcdef", "a".repeat(SECRET));
        assert!(Token::parse(&format!("cdcp_{id}_{secret}")).is_some());
        for text in [
            String::new(),
            format!("{id}_{secret}"),
            format!("cdcp_{id}{secret}"),
            format!("cdcp_{id}_{secret}a"),
            format!("cdcp_{}_{secret}", id.to_uppercase()),
            format!("cdcp_{id}_{}", "é".repeat(SECRET / 2)),
            format!(" cdcp_{id}_{secret}"),
        ] {
            assert!(Token::parse(&text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_file_gives_tokens_and_says_which_line_is_wrong() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("tokens");
        let (one, two) = (Token::generate().expect("one"), Token::generate().expect("two"));
        let read = |text: String| {
            std::fs::write(&path, text).expect("a file");
            read_file(&path)
        };
        let (first, second) = (one.expose(), two.expose());
        let text = format!("# people\n{first} read,check ci\n\n{second}\tadmin  root # us\n");
        let tokens = read(text).expect("two tokens");
        let shown: Vec<String> =
            tokens.iter().map(|it| format!("{} {}", it.name, it.scopes)).collect();
        assert_eq!(shown, ["ci read,check", "root admin"]);
        assert!(tokens[1].digest.is(&two.digest()));
        for (line, word) in [
            (format!("{first} read"), "TOKEN SCOPES NAME"),
            (format!("{first}0 read ci"), "lower-case"),
            (format!("{first} raed ci"), "raed"),
            (format!("{first} read -ci"), "a name is"),
            (format!("{first} read ci\n{first} read cd"), "twice"),
        ] {
            let error = read(format!("# people\n{line}\n")).expect_err("wrong").to_string();
            assert!(error.contains(word) && error.contains("line "), "{error}");
            assert!(!error.contains(first.rsplit('_').next().expect("secret")), "{error}");
        }
    }
}
