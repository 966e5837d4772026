//! API keys and access keys: where they come from, and what is wrong with them.
//!
//! [`KeyChain`] asks the places in the order of the vendor's own clients: the environment, the
//! command line tool's file, the SDKs' file.

mod cli_config;
mod error;
mod ini;
mod profile;

use std::path::PathBuf;

pub use error::CredentialError;
pub use profile::Profile;

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use super::Wire;
use super::scrub::REDACTED;
use super::signing::AccessKey;

/// What the service knows the caller by.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// An access key, which signs.
    AccessKey(SigningKey),
    /// An API key, which is sent as it is.
    ApiKey(ApiKey),
}

impl Credentials {
    /// The credentials in the environment alone, which `lookup` stands for: an access key before
    /// an API key, but for a dialect that takes only one of them.
    ///
    /// # Errors
    /// When there are none, or the first that are found cannot be sent.
    pub fn from_lookup(
        lookup: impl Fn(&str) -> Option<String>,
        wire: Option<Wire>,
    ) -> Result<Self, CredentialError> {
        KeyChain { lookup: &lookup, home: None, profile: None }.find(wire)
    }

    /// Stand-ins of the kind that a dialect takes, to show what would be sent.
    pub(super) fn stand_ins(wire: Wire) -> Self {
        let secret = SecretString::from(REDACTED);
        match (wire, ApiKey::new(secret.clone(), KeySource::EventBridge)) {
            (Wire::Seed, Ok(key)) => Self::ApiKey(key),
            _ => {
                let key = AccessKey { id: REDACTED.into(), secret };
                Self::AccessKey(SigningKey { key, token: None, profile: None })
            }
        }
    }

    /// What a person should be told about them, if anything.
    pub fn note(&self) -> Option<String> {
        match self {
            Self::AccessKey(key) => key.profile.as_ref()?.note(),
            Self::ApiKey(key) => key.note().map(str::to_owned),
        }
    }

    /// What they are, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::AccessKey(_) => "an access key",
            Self::ApiKey(_) => "an API key",
        }
    }

    /// The `Authorization` header as it may be shown.
    pub(super) fn redacted(&self) -> String {
        match self {
            Self::AccessKey(_) => REDACTED.into(),
            Self::ApiKey(_) => format!("Bearer {REDACTED}"),
        }
    }

    /// What must appear nowhere.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &SecretString> {
        let (first, second) = match self {
            Self::AccessKey(key) => (&key.key.secret, key.token.as_ref()),
            Self::ApiKey(key) => (&key.secret, None),
        };
        std::iter::once(first).chain(second)
    }
}

/// Where credentials are looked for.
#[derive(Clone)]
pub struct KeyChain<'a> {
    /// A variable of the environment.
    pub lookup: &'a dyn Fn(&str) -> Option<String>,
    /// The user's home, where the vendor's programs keep their files; `None`: no files there.
    pub home: Option<PathBuf>,
    /// The profile to take, whatever the environment holds.
    pub profile: Option<&'a str>,
}

impl KeyChain<'_> {
    /// The first credentials that suit a dialect: a profile that was asked for; else the
    /// environment's access key, its API key, and the profiles of the vendor's files.
    ///
    /// # Errors
    /// When there are none, or the first that are found cannot be sent. Nobody is taken for
    /// somebody else: a profile that cannot be used is not passed over.
    pub fn find(&self, wire: Option<Wire>) -> Result<Credentials, CredentialError> {
        if self.profile.is_some() {
            return self.of_files()?.ok_or(CredentialError::NoAccessKey);
        }
        if wire != Some(Wire::Seed) {
            if let Some(key) = SigningKey::from_lookup(self.lookup)? {
                return Ok(Credentials::AccessKey(key));
            }
            if wire == Some(Wire::Openapi) {
                return self.of_files()?.ok_or(CredentialError::NoAccessKey);
            }
        }
        match ApiKey::from_lookup(self.lookup).map(Credentials::ApiKey) {
            Err(CredentialError::Missing) if wire != Some(Wire::Seed) => {
                self.of_files()?.ok_or(CredentialError::Missing)
            }
            found => found,
        }
    }

    fn of_files(&self) -> Result<Option<Credentials>, CredentialError> {
        Ok(profile::find(self)?.map(Credentials::AccessKey))
    }

    /// A variable that is set to more than white space.
    fn variable(&self, name: &str) -> Option<String> {
        (self.lookup)(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }
}

/// An access key, with a token where it is a temporary one.
#[derive(Clone, Debug)]
pub struct SigningKey {
    key: AccessKey,
    token: Option<SecretString>,
    /// The profile that it comes from; `None`: the environment.
    profile: Option<Profile>,
}

impl SigningKey {
    /// The key in the vendor's usual variables; `None` where they are not set.
    ///
    /// # Errors
    /// When one of them is missing or holds what cannot be sent.
    pub fn from_lookup(
        lookup: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Self>, CredentialError> {
        let text = |name: &'static str| match lookup(name).map(|text| text.trim().to_owned()) {
            Some(text) if !is_sendable(&text) => Err(CredentialError::UnusableVariable(name)),
            other => Ok(other.filter(|text| !text.is_empty())),
        };
        let id = text("ALIBABA_CLOUD_ACCESS_KEY_ID")?;
        let secret = text("ALIBABA_CLOUD_ACCESS_KEY_SECRET")?;
        let token = text("ALIBABA_CLOUD_SECURITY_TOKEN")?.map(SecretString::from);
        match (id, secret) {
            (None, None) => Ok(None),
            (Some(id), Some(secret)) => {
                let key = AccessKey { id, secret: secret.into() };
                Ok(Some(Self { key, token, profile: None }))
            }
            _ => Err(CredentialError::HalfAnAccessKey),
        }
    }

    /// The profile that it comes from; `None`: the environment.
    pub fn profile(&self) -> Option<&Profile> {
        self.profile.as_ref()
    }

    pub(super) fn access_key(&self) -> &AccessKey {
        &self.key
    }

    /// The token of a temporary key as a header.
    pub(super) fn token(&self) -> Option<HeaderValue> {
        let mut value = HeaderValue::from_str(self.token.as_ref()?.expose_secret()).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

/// The API key of the service.
#[derive(Clone, Debug)]
pub struct ApiKey {
    secret: SecretString,
    /// The value of the `Authorization` header, marked so that nobody prints it.
    bearer: HeaderValue,
    source: KeySource,
}

/// The environment variables that may hold the key, in the order in which they are asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeySource {
    /// `EVENTBRIDGE_API_KEY`.
    EventBridge,
    /// `DASHSCOPE_API_KEY`, which some of the vendor's samples use.
    DashScope,
}

impl KeySource {
    /// The name of the variable.
    pub fn variable(self) -> &'static str {
        match self {
            Self::EventBridge => "EVENTBRIDGE_API_KEY",
            Self::DashScope => "DASHSCOPE_API_KEY",
        }
    }
}

impl ApiKey {
    /// The key from the environment, which `lookup` stands for. White space around it is dropped.
    ///
    /// # Errors
    /// When no variable holds a key, or the first that does holds one that cannot be sent.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, CredentialError> {
        for source in [KeySource::EventBridge, KeySource::DashScope] {
            let Some(value) = lookup(source.variable()).map(SecretString::from) else { continue };
            let key = value.expose_secret().trim();
            if !key.is_empty() {
                return Self::new(key.into(), source);
            }
        }
        Err(CredentialError::Missing)
    }

    fn new(secret: SecretString, source: KeySource) -> Result<Self, CredentialError> {
        let unusable = CredentialError::Unusable(source);
        if !is_sendable(secret.expose_secret()) {
            return Err(unusable);
        }
        let text = SecretString::from(format!("Bearer {}", secret.expose_secret()));
        let mut bearer = HeaderValue::from_str(text.expose_secret()).map_err(|_| unusable)?;
        bearer.set_sensitive(true);
        Ok(Self { secret, bearer, source })
    }

    /// Which variable it came from.
    pub fn source(&self) -> KeySource {
        self.source
    }

    /// What a person should be told about this key, if anything.
    pub fn note(&self) -> Option<&'static str> {
        match self.source {
            KeySource::EventBridge => None,
            KeySource::DashScope => Some(
                "the API key comes from DASHSCOPE_API_KEY, which belongs to Model Studio; set \
                 EVENTBRIDGE_API_KEY",
            ),
        }
    }

    pub(super) fn bearer(&self) -> HeaderValue {
        self.bearer.clone()
    }
}

/// Whether a text can stand in a header.
fn is_sendable(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(variables: &[(&str, &str)]) -> Result<ApiKey, CredentialError> {
        ApiKey::from_lookup(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_services_own_variable_comes_first() {
        let both = [("DASHSCOPE_API_KEY", "dash"), ("EVENTBRIDGE_API_KEY", " event\n")];
        let found = key(&both).expect("a key");
        assert_eq!(found.source(), KeySource::EventBridge);
        assert_eq!(found.secret.expose_secret(), "event");
        assert_eq!(found.note(), None);
    }

    #[test]
    fn the_other_variable_is_taken_with_a_note() {
        let found = key(&[("DASHSCOPE_API_KEY", "dash"), ("EVENTBRIDGE_API_KEY", " ")]);
        let found = found.expect("a key");
        assert_eq!(found.source(), KeySource::DashScope);
        assert!(found.note().is_some_and(|note| note.contains("EVENTBRIDGE_API_KEY")));
    }

    #[test]
    fn what_is_wrong_is_said_without_the_key() {
        assert_eq!(key(&[]).map(drop), Err(CredentialError::Missing));
        let error = key(&[("EVENTBRIDGE_API_KEY", "k-1\r\nX: y")]).expect_err("a bad key");
        assert_eq!(error, CredentialError::Unusable(KeySource::EventBridge));
        assert!(error.to_string().contains("EVENTBRIDGE_API_KEY"));
        assert!(!error.to_string().contains("k-1"));
    }

    #[test]
    fn debug_does_not_tell_the_key() {
        let key = key(&[("EVENTBRIDGE_API_KEY", "k-123456")]).expect("a key");
        assert!(!format!("{key:?} {:?}", key.bearer()).contains("k-123456"));
    }
}
