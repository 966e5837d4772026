//! Why there is no usable key.

use thiserror::Error;

use super::KeySource;

/// Why there is no usable key. No message holds a part of one.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum CredentialError {
    /// No variable is set, or all are empty, and no file has a profile.
    #[error("no API key: set EVENTBRIDGE_API_KEY")]
    Missing,
    /// Only one half of an access key is there.
    #[error("set both ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET")]
    HalfAnAccessKey,
    /// A dialect that signs, and nothing to sign with.
    #[error(
        "no access key: set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or \
         keep a profile with `aliyun configure`"
    )]
    NoAccessKey,
    /// A variable holds what cannot be sent.
    #[error("{0} holds a space, a control or a non-ASCII character")]
    UnusableVariable(&'static str),
    /// The key cannot stand in a header.
    #[error("the API key in {} holds a space, a control or a non-ASCII character", .0.variable())]
    Unusable(KeySource),
    /// A file of profiles that cannot be read or understood.
    #[error("the profiles of {file} cannot be read: {reason}")]
    File {
        /// The file, escaped.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No file has the profile that was asked for.
    #[error("there is no profile {name:?}; {known}")]
    NoProfile {
        /// What was asked for.
        name: String,
        /// Which profiles there are, and where.
        known: String,
    },
    /// A profile that gets its key from somewhere this program does not ask.
    #[error(
        "the profile {name:?} of {file} has the {word} {mode:?}, and this program takes {takes}: \
         have a temporary key made, and set ALIBABA_CLOUD_ACCESS_KEY_ID, \
         ALIBABA_CLOUD_ACCESS_KEY_SECRET and ALIBABA_CLOUD_SECURITY_TOKEN to it"
    )]
    UnusableMode {
        /// The profile.
        name: String,
        /// Its file, escaped.
        file: String,
        /// What the file calls it: a mode or a type.
        word: &'static str,
        /// How the profile gets its key.
        mode: String,
        /// What can be used instead.
        takes: &'static str,
    },
    /// A profile without a part of the key, or with one that cannot be sent.
    #[error("the profile {name:?} of {file} has no usable {member}")]
    Incomplete {
        /// The profile.
        name: String,
        /// Its file, escaped.
        file: String,
        /// The member.
        member: &'static str,
    },
}
