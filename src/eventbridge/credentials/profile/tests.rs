//! Which of several places is asked first, and what is said of those that cannot be used.

use std::fs;
use std::path::Path;

use secrecy::ExposeSecret;
use tempfile::TempDir;

use super::super::{CredentialError, Credentials, KeyChain};
use crate::eventbridge::Wire;

const INI: &str = "\
# of the SDKs
[default]
type = access_key
access_key_id = ini-id
access_key_secret = ini-secret # theirs

[temporary]
TYPE: sts
access_key_id: sts-id
access_key_secret: sts-secret
security_token: sts-token

[machine]
type = ecs_ram_role
role_name = worker
";

const CONFIG: &str = r#"{"current": "work", "profiles": [
    {"name": "work", "mode": "AK", "access_key_id": "cli-id", "access_key_secret": "cli-secret",
     "region_id": "cn-hangzhou"},
    {"name": "day", "mode": "StsToken", "access_key_id": "day-id", "access_key_secret": "day-secret",
     "sts_token": "day-token"},
    {"name": "role", "mode": "RamRoleArn", "access_key_id": "x-id", "access_key_secret": "x-secret"},
    {"name": "half", "mode": "AK", "access_key_id": "half-id"}]}"#;

/// A home with these files, each with its permissions.
fn home(files: &[(&str, &str)]) -> TempDir {
    let home = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let path = home.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
        fs::write(&path, text).expect("it is written");
        restrict(&path, 0o600);
    }
    home
}

#[cfg(unix)]
fn restrict(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("permissions");
}

fn found(
    variables: &[(&str, &str)],
    home: Option<&Path>,
    profile: Option<&str>,
    wire: Option<Wire>,
) -> Result<Credentials, CredentialError> {
    let lookup = |name: &str| {
        variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    };
    KeyChain { lookup: &lookup, home: home.map(Path::to_path_buf), profile }.find(wire)
}

/// What a key is known by.
fn id(found: Result<Credentials, CredentialError>) -> String {
    match found {
        Ok(Credentials::AccessKey(key)) => key.key.id,
        Ok(Credentials::ApiKey(key)) => key.secret.expose_secret().to_owned(),
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn the_first_place_that_has_a_key_gives_it() {
    let both = home(&[(".aliyun/config.json", CONFIG), (".alibabacloud/credentials", INI)]);
    let ini = home(&[(".alibabacloud/credentials.ini", INI)]);
    let (both, ini) = (Some(both.path()), Some(ini.path()));
    let access = [
        ("ALIBABA_CLOUD_ACCESS_KEY_ID", "env-id"),
        ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "env-secret"),
    ];
    let api = [("EVENTBRIDGE_API_KEY", "api"), ("DASHSCOPE_API_KEY", "dash")];
    let dash = [("DASHSCOPE_API_KEY", "dash")];
    let everything = [access, api].concat();
    let openapi = Some(Wire::Openapi);
    for (variables, home, profile, wire, expected) in [
        (&everything[..], both, None, None, "env-id"),
        (&everything, both, None, Some(Wire::Seed), "api"),
        (&everything, both, Some("temporary"), None, "sts-id"),
        (&api, both, None, None, "api"),
        (&api, both, None, Some(Wire::Rest), "api"),
        (&api, both, None, openapi, "cli-id"),
        (&dash, both, None, None, "dash"),
        (&[], both, None, openapi, "cli-id"),
        (&[], both, None, None, "cli-id"),
        (&[], both, None, Some(Wire::Rest), "cli-id"),
        (&[], both, Some("day"), None, "day-id"),
        (&[], both, Some("default"), openapi, "ini-id"),
        (&[], ini, None, openapi, "ini-id"),
        (&[("ALIBABA_CLOUD_PROFILE", "temporary")], both, None, openapi, "sts-id"),
        (&[("ALIBABA_CLOUD_PROFILE", "day")], both, Some("work"), openapi, "cli-id"),
        (&[("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "TRUE")], both, None, openapi, "ini-id"),
    ] {
        assert_eq!(
            id(found(variables, home, profile, wire)),
            expected,
            "{variables:?} {profile:?}"
        );
    }
}

#[test]
fn a_file_that_is_named_stands_for_all_others() {
    let home = home(&[(".aliyun/config.json", CONFIG), ("own.ini", INI)]);
    let own = home.path().join("own.ini");
    let named = [("ALIBABA_CLOUD_CREDENTIALS_FILE", own.to_str().expect("text"))];
    assert_eq!(id(found(&named, Some(home.path()), None, None)), "ini-id");
    let absent = [("ALIBABA_CLOUD_CREDENTIALS_FILE", "/nowhere/at/all")];
    let error = id(found(&absent, Some(home.path()), None, None));
    assert!(error.contains("/nowhere/at/all cannot be read: No such file"), "{error}");
}

#[test]
fn a_temporary_key_brings_its_token_and_a_permanent_one_none() {
    let home = home(&[(".aliyun/config.json", CONFIG), (".alibabacloud/credentials", INI)]);
    for (profile, token) in
        [("day", Some("day-token")), ("temporary", Some("sts-token")), ("work", None)]
    {
        let found = found(&[], Some(home.path()), Some(profile), None).expect("a key");
        let Credentials::AccessKey(key) = &found else { panic!("an access key") };
        let sent = key.token.as_ref().map(|token| token.expose_secret());
        assert_eq!(sent, token, "{profile}");
        assert_eq!(found.note(), None);
        assert!(!format!("{found:?}").contains("-token"));
    }
}

#[test]
fn what_cannot_be_used_is_said_and_not_passed_over() {
    let both = home(&[(".aliyun/config.json", CONFIG), (".alibabacloud/credentials", INI)]);
    for (profile, said) in [
        ("role", "has the mode \"RamRoleArn\", and this program takes AK and StsToken"),
        ("machine", "has the type \"ecs_ram_role\", and this program takes access_key and sts"),
        ("half", "config.json has no usable access_key_secret"),
        ("nobody", "there is no profile \"nobody\"; "),
        ("nobody", "config.json has \"work\", \"day\", \"role\", \"half\"; "),
        ("nobody", "credentials has \"default\", \"temporary\", \"machine\""),
    ] {
        let error = id(found(&[], Some(both.path()), Some(profile), None));
        assert!(error.contains(said), "{profile}: {error}");
        assert!(!error.contains("-secret"), "{error}");
    }
    for (file, text, said) in [
        (".aliyun/config.json", "{\"profiles\": [\n\"s-1234\"", "no JSON at 2:8"),
        (".aliyun/config.json", "{}", "it has no list \"profiles\""),
        (".alibabacloud/credentials", "[a]\ns-1234", "line 2 is neither [PROFILE] nor"),
        (".alibabacloud/credentials", "a = s-1234", "line 1 stands before the first [PROFILE]"),
    ] {
        let home = home(&[(file, text)]);
        let error = id(found(&[], Some(home.path()), None, Some(Wire::Openapi)));
        assert!(error.contains(said) && !error.contains("s-1234"), "{error}");
    }
    let none = id(found(&[], None, Some("work"), None));
    assert!(none.contains("there is no file of profiles"), "{none}");
    assert!(id(found(&[], None, None, Some(Wire::Openapi))).contains("no access key"));
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_read_is_told() {
    let home = home(&[(".alibabacloud/credentials", INI)]);
    let path = home.path().join(".alibabacloud/credentials");
    restrict(&path, 0o644);
    let found = found(&[], Some(home.path()), None, Some(Wire::Openapi)).expect("a key");
    let note = found.note().expect("a note");
    assert!(
        note.contains("others on this machine can read") && note.contains("chmod 600"),
        "{note}"
    );
}
