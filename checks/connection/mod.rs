//! The way to the database and who answers there. The roots of everything else.

mod refusal;

use crate::check::catalogue;

catalogue! { crate::Facts:
    reachable in zh,
    greeting in zh,
    tls in zh,
    certificate,
    tls_verify in zh,
    tls_required in zh,
    auth in zh,
    auth_decoy in zh,
    account_state in zh,
    sha2_plaintext,
    flavour in zh,
    declared_flavour,
    version in zh,
    pooler,
}
