//! Installing missing programs where that is possible without asking: Debian, as root.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::images::say;
use crate::{Error, Result};

/// Makes sure that `program` can be run; installs `package` if need be.
///
/// # Errors
/// It is missing and cannot be installed here; the text says what to install.
pub(crate) fn program(program: &str, package: &str) -> Result<()> {
    if find(program).is_some() {
        return Ok(());
    }
    packages(&[package], program)
}

/// Where `program` is, looking also where Debian keeps programs for administrators.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/usr/local/sbin".into()])
        .map(|directory| directory.join(program))
        .find(|candidate| candidate.is_file())
}

/// Installs Debian packages without starting the services they bring.
///
/// # Errors
/// This is not Debian, or not root, or apt-get failed.
pub(crate) fn packages(packages: &[&str], missing: &str) -> Result<()> {
    let list = packages.join(" ");
    if find("apt-get").is_none() || !is_root() {
        return Err(Error::Environment(format!(
            "{missing} is missing; install it (Debian: `apt-get install {list}`)"
        )));
    }
    say(&format!("installing {list}, because {missing} is missing"));
    let policy = ServicePolicy::forbid()?;
    let install =
        || apt_get(&[&["install", "--yes", "--no-install-recommends"], packages].concat());
    // A fresh machine has no package lists yet, or old ones.
    let result = install().or_else(|_| apt_get(&["update"]).and_then(|()| install()));
    drop(policy);
    result
}

fn apt_get(arguments: &[&str]) -> Result<()> {
    let output = Command::new("apt-get")
        .args(["-o", "Acquire::Check-Valid-Until=false", "-o", "DPkg::Lock::Timeout=300"])
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .output()
        .map_err(Error::io("run", "apt-get"))?;
    let success = output.status.success();
    if success { Ok(()) } else { Err(Error::program("apt-get", &output.stderr)) }
}

pub(crate) fn is_root() -> bool {
    user_id(None) == Some(0)
}

/// The numeric id of an account, or of this process; `None` if there is no such account.
pub(crate) fn user_id(account: Option<&str>) -> Option<u32> {
    let output = Command::new("id").arg("-u").args(account).output().ok()?;
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}

/// While it lives, Debian's package scripts start no service: tests bring their own servers.
struct ServicePolicy(Option<&'static Path>);

impl ServicePolicy {
    fn forbid() -> Result<Self> {
        use std::os::unix::fs::PermissionsExt;
        let path = Path::new("/usr/sbin/policy-rc.d");
        if path.exists() {
            // Whoever wrote it decided already.
            return Ok(Self(None));
        }
        std::fs::write(path, "#!/bin/sh\nexit 101\n").map_err(Error::io("write", path))?;
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(path, executable).map_err(Error::io("make executable", path))?;
        Ok(Self(Some(path)))
    }
}

impl Drop for ServicePolicy {
    fn drop(&mut self) {
        if let Some(path) = self.0 {
            let _ = std::fs::remove_file(path);
        }
    }
}
