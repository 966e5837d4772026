//! Where the management API is.

use crate::gather::Target;
use crate::gather::destinations::bare;
use crate::request::ManagementApi;

/// The ports on which it listens without and with TLS, unless told otherwise.
const PORTS: (u16, u16) = (15_672, 15_671);

/// Its address, without a slash at the end; `None` where it is not to be asked. Unless it is said,
/// it is on the broker's host, encrypted where the broker's own connection is.
pub(super) fn of(target: &Target, encrypted: bool) -> Option<String> {
    match &target.management {
        ManagementApi::Off => None,
        ManagementApi::At(address) => Some(address.trim_end_matches('/').to_owned()),
        ManagementApi::Derived => {
            let host = bare(&target.host);
            let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
            Some(match encrypted {
                true => format!("https://{host}:{}", PORTS.1),
                false => format!("http://{host}:{}", PORTS.0),
            })
        }
    }
}
