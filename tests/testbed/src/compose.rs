//! Docker Compose, in whichever of its two forms this machine has it.

use std::process::Command;

use crate::{Result, install};

/// The command that further arguments of Compose are added to: `docker compose` where the client
/// has the plug-in, else `docker-compose`, which is installed if need be.
///
/// # Errors
/// Neither is here, and it cannot be installed.
pub fn compose() -> Result<Command> {
    let plug_in = Command::new("docker").args(["compose", "version"]).output();
    if plug_in.is_ok_and(|output| output.status.success()) {
        let mut docker = Command::new("docker");
        docker.arg("compose");
        return Ok(docker);
    }
    install::program("docker-compose", "docker-compose")?;
    Ok(Command::new("docker-compose"))
}
