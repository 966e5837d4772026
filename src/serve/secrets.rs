//! Which references to secrets a request may use.
//!
//! A caller of the service is not its operator: `${NAME}` reaches only variables, and
//! `${file:...}` only files, that the operator names, and only for members that are secret. In any
//! other member the value would come back in the report.

use std::path::{Path, PathBuf};

use crate::request::{Reference, References, Unavailable, read_value};

/// The variables and files that requests may refer to.
#[derive(Clone, Debug, Default)]
pub struct SecretSources {
    /// Names of variables; with a `*` at the end, everything that begins like that.
    pub variables: Vec<String>,
    /// The folder of the files.
    pub folder: Option<PathBuf>,
}

impl SecretSources {
    fn allows(&self, name: &str) -> bool {
        self.variables.iter().any(|allowed| match allowed.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => allowed == name,
        })
    }

    fn variable(&self, name: &str) -> Result<Option<String>, Unavailable> {
        // The same words whether it is set or not: nobody learns what the environment holds.
        let refusal = || Unavailable {
            message: format!("the variable {name} is not there for requests"),
            help: "The operator names those that are with --secret-env.".into(),
        };
        let value = std::env::var(name).ok().filter(|_| self.allows(name));
        value.map(Some).ok_or_else(refusal)
    }

    fn file(&self, path: &str) -> Result<Option<String>, Unavailable> {
        let refusal = || Unavailable {
            message: format!("the file {path} is not there for requests"),
            help: "Name a file below the folder of --secrets-dir, by its relative path.".into(),
        };
        let folder = self.folder.as_deref().ok_or_else(refusal)?;
        let file = within(folder, path).ok_or_else(refusal)?;
        read_value(&file, path).map(Some).map_err(|_| refusal())
    }
}

impl References for SecretSources {
    fn value(
        &self,
        reference: Reference<'_>,
        is_secret: bool,
    ) -> Result<Option<String>, Unavailable> {
        if !is_secret {
            return Err(Unavailable {
                message: "a reference stands where no secret does".into(),
                help: "Write the value itself, or $$ for a dollar sign.".into(),
            });
        }
        match reference {
            Reference::File(path) => self.file(path),
            Reference::Variable(name) => self.variable(name),
        }
    }
}

/// The file, where it is really within the folder: links that lead out of it do not count.
fn within(folder: &Path, path: &str) -> Option<PathBuf> {
    let folder = folder.canonicalize().ok()?;
    let file = folder.join(path).canonicalize().ok()?;
    (file.starts_with(&folder) && file.is_file()).then_some(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(variables: &[&str], folder: Option<&Path>) -> SecretSources {
        let variables = variables.iter().map(|name| (*name).to_owned()).collect();
        SecretSources { variables, folder: folder.map(Path::to_owned) }
    }

    #[test]
    fn only_named_variables_are_there_and_nobody_learns_of_others() {
        // Cargo sets these for every test.
        let one = sources(&["CARGO_MANIFEST_DIR"], None);
        let value = one.value(Reference::Variable("CARGO_MANIFEST_DIR"), true);
        assert_eq!(value, Ok(Some(env!("CARGO_MANIFEST_DIR").to_owned())));
        let several = sources(&["CARGO_PKG_*"], None);
        assert!(several.value(Reference::Variable("CARGO_PKG_NAME"), true).is_ok());
        assert!(several.value(Reference::Variable("CARGO_MANIFEST_DIR"), true).is_err());

        let set = one.value(Reference::Variable("PATH"), true).expect_err("not named");
        let unset = one.value(Reference::Variable("NOTHING_LIKE_IT"), true).expect_err("not set");
        assert_eq!(set.message.replace("PATH", "NOTHING_LIKE_IT"), unset.message);
    }

    #[test]
    fn a_value_goes_into_secrets_alone() {
        let sources = sources(&["CARGO_MANIFEST_DIR"], None);
        assert!(sources.value(Reference::Variable("CARGO_MANIFEST_DIR"), false).is_err());
    }

    #[test]
    fn only_files_below_the_folder_are_there() {
        let outside = tempfile::tempdir().expect("a folder");
        let folder = outside.path().join("secrets");
        std::fs::create_dir(&folder).expect("a folder");
        std::fs::write(outside.path().join("shadow"), "not yours").expect("a file");
        std::fs::write(folder.join("pg"), "s3cret\n").expect("a file");
        std::os::unix::fs::symlink(outside.path().join("shadow"), folder.join("link"))
            .expect("a link");
        let sources = sources(&[], Some(&folder));
        let value = |path: &str| sources.value(Reference::File(path), true);
        assert_eq!(value("pg"), Ok(Some("s3cret".into())));
        let absolute = outside.path().join("shadow");
        for path in ["../shadow", "link", absolute.to_str().expect("text"), "", ".", "none"] {
            assert!(value(path).is_err(), "{path}");
        }
        let none = SecretSources::default();
        assert!(none.value(Reference::File("pg"), true).is_err());
    }
}
