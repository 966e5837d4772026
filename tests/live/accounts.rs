//! Logins that look like something else, and methods that not every client has.

use cdc_preflight::checks::facts::connection::{CertificateFault, TlsMode};
use cdc_preflight::checks::{CheckResult, Facts, Outcome, judge};
use cdc_preflight::gather::TlsOptions;
use testbed::Product;

use crate::fixture::{Fixture, PASSWORD};

type Overlay = Vec<(String, String)>;

fn as_user(name: &str, password: &str) -> Overlay {
    vec![("User".into(), name.into()), ("Password".into(), password.into())]
}

async fn visit(fixture: &Fixture, overlay: &Overlay, mode: TlsMode) -> (Facts, Vec<CheckResult>) {
    let tls = TlsOptions { mode, ..TlsOptions::default() };
    let facts = fixture.facts_with(overlay, &tls).await;
    let results = judge(&facts, &fixture.request(overlay).intent()).results;
    (facts, results)
}

fn outcome(results: &[CheckResult], id: &str) -> Outcome {
    results.iter().find(|result| result.check.id == id).expect("it is there").outcome
}

/// A login that is refused for want of encryption is told from one with a wrong password, although
/// the server answers both alike.
pub(crate) async fn tells_encryption_from_passwords(product: Product) {
    let fixture = Fixture::shared(product).await;
    let create = format!(
        "drop user if exists 'encrypted'@'%';
         create user 'encrypted'@'%' identified by '{PASSWORD}' require ssl"
    );
    fixture.execute(&create).await.expect("an account");
    let (facts, results) = visit(&fixture, &as_user("encrypted", PASSWORD), TlsMode::Disable).await;
    assert_eq!(facts.connection.login_with_tls.known(), Some(&true), "{product}: {facts:?}");
    assert_eq!(outcome(&results, "connection/tls-required"), Outcome::Fail, "{product}");
    assert_eq!(outcome(&results, "connection/auth"), Outcome::Blocked, "{product}");
    let (facts, results) = visit(&fixture, &as_user("encrypted", "wrong"), TlsMode::Disable).await;
    assert_eq!(facts.connection.login_with_tls.known(), Some(&false), "{product}: {facts:?}");
    assert_eq!(outcome(&results, "connection/tls-required"), Outcome::Blocked, "{product}");
    assert_eq!(outcome(&results, "connection/auth"), Outcome::Undetermined, "{product}");
    let (facts, results) = visit(&fixture, &as_user("encrypted", PASSWORD), TlsMode::Prefer).await;
    assert!(facts.connection.login.known().is_some(), "{product}: {facts:?}");
    assert_eq!(outcome(&results, "connection/tls-required"), Outcome::Pass, "{product}");
}

/// No method makes the client library take the program down, whether it knows the method or not.
pub(crate) async fn survives_every_method(product: Product) {
    let fixture = Fixture::start(product).await.expect("the server starts");
    let methods: &[(&str, &str, &str)] = match product {
        Product::MySql(..) => &[
            ("caching_sha2_password", "with caching_sha2_password by", "connection/auth"),
            ("sha256_password", "with sha256_password by", "connection/auth-decoy"),
        ],
        _ => &[
            ("mysql_native_password", "by", "connection/auth"),
            ("ed25519", "via ed25519 using", "mysql/auth-plugin"),
        ],
    };
    if !product.is_mysql() {
        fixture.execute("install soname 'auth_ed25519'").await.expect("a plugin");
    }
    for (method, words, told_by) in methods {
        let password = match words.ends_with("using") {
            true => format!("password('{PASSWORD}')"),
            false => format!("'{PASSWORD}'"),
        };
        let account = format!(
            "create user '{method}'@'%' identified {words} {password};
             grant select, replication slave, replication client on *.* to '{method}'@'%'"
        );
        fixture.execute(&account).await.expect("an account");
        let (facts, results) = visit(&fixture, &as_user(method, PASSWORD), TlsMode::Prefer).await;
        let expected = if *told_by == "connection/auth" { Outcome::Pass } else { Outcome::Fail };
        assert_eq!(outcome(&results, told_by), expected, "{product} {method}: {facts:?}");
    }
    // Nobody of that name: whatever the server asks for, it is told as what it may be.
    for name in ["nobody_1", "nobody_2", "nobody_3", "nobody_4", "nobody_5", "nobody_6"] {
        let (_, results) = visit(&fixture, &as_user(name, PASSWORD), TlsMode::Prefer).await;
        let told: Vec<Outcome> =
            ["connection/auth", "connection/auth-decoy"].map(|id| outcome(&results, id)).to_vec();
        let known = [[Outcome::Undetermined, Outcome::Blocked], [Outcome::Blocked, Outcome::Fail]];
        assert!(known.iter().any(|known| told == known), "{product} {name}: {told:?}");
    }
}

/// The certificate that MySQL makes for itself names no host: its issuer can be verified, its host
/// cannot.
pub(crate) async fn says_which_verification_can_work() {
    let fixture = Fixture::unconfigured(Product::MYSQL).await.expect("the server starts");
    let folder = tempfile::tempdir().expect("a folder");
    let ca = folder.path().join("ca.pem");
    let pem = fixture.server.ca_pem().await.expect("readable").expect("it has an authority");
    std::fs::write(&ca, pem).expect("a file");
    let cases = [
        (TlsMode::VerifyCa, Some(ca.clone()), None, Outcome::Pass),
        (TlsMode::VerifyFull, Some(ca), Some(CertificateFault::NoHost), Outcome::Fail),
        (TlsMode::VerifyCa, None, Some(CertificateFault::Issuer), Outcome::Fail),
        (TlsMode::Require, None, None, Outcome::NotApplicable),
    ];
    for (mode, ca_file, fault, expected) in cases {
        let tls = TlsOptions { mode, ca_file, ..TlsOptions::default() };
        let facts = fixture.facts_with(&[], &tls).await;
        assert_eq!(facts.connection.certificate_fault, fault, "{mode:?}: {facts:?}");
        let results = judge(&facts, &fixture.request(&[]).intent()).results;
        assert_eq!(outcome(&results, "connection/tls-verify"), expected, "{mode:?}");
        let blocked = fault.is_some().then_some(Outcome::Blocked);
        assert_eq!(
            outcome(&results, "connection/tls"),
            blocked.unwrap_or(Outcome::Pass),
            "{mode:?}"
        );
    }
}
