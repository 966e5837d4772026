//! The way to the database and who answers there. The roots of everything else.

mod refusal;

use crate::check::catalogue;

catalogue! { crate::Facts:
    reachable,
    greeting,
    tls,
    certificate,
    tls_verify,
    tls_required,
    auth,
    auth_decoy,
    account_state,
    sha2_plaintext,
    flavour,
    declared_flavour,
    version,
    pooler,
}
