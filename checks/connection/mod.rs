//! The way to the database and who answers there. The roots of everything else.

use crate::check::catalogue;

catalogue! { crate::Facts:
    reachable,
    tls,
    certificate,
    auth,
    flavour,
    version,
    pooler,
}
