//! Which container image stands for a product on this machine.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::{LazyLock, Mutex, PoisonError, mpsc};
use std::time::Duration;

use crate::stand_in;
use crate::{Error, Product, Result};

/// How long a registry may take to show that it has an image. A registry that is out of reach
/// either fails at once or not at all.
const REGISTRY_PATIENCE: Duration = Duration::from_secs(8);

static KNOWN: LazyLock<Mutex<HashMap<Product, String>>> = LazyLock::new(Mutex::default);

/// The name of a local image that runs `product`; pulls the official image or builds a stand-in
/// from Debian packages if there is none yet. Blocks; decided once per process.
///
/// In this order: the image named by `CDC_PREFLIGHT_IMAGE_<PRODUCT>_<VERSION>` (for example
/// `CDC_PREFLIGHT_IMAGE_MYSQL_9_7`), the official image if it is here, the stand-in if it is here,
/// the official image pulled, the stand-in built.
///
/// # Errors
/// None of these can be had; the text says what is missing.
pub fn provide_image(product: Product) -> Result<String> {
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(image) = known().get(&product) {
        return Ok(image.clone());
    }
    let image = decide(product)?;
    known().insert(product, image.clone());
    Ok(image)
}

/// The name of a local image in which a program runs that was built on this machine: Debian without
/// a server, chosen as by [`provide_image`], `CDC_PREFLIGHT_IMAGE_RUNTIME` first.
///
/// # Errors
/// None can be had; the text says what is missing.
pub fn provide_runtime_image() -> Result<String> {
    const OFFICIAL: &str = "debian:trixie-slim";
    if let Ok(image) = std::env::var("CDC_PREFLIGHT_IMAGE_RUNTIME") {
        return Ok(image);
    }
    if is_here(OFFICIAL) {
        return Ok(OFFICIAL.to_owned());
    }
    if let Some(image) = stand_in::current_runtime() {
        return Ok(image);
    }
    if pull(OFFICIAL) { Ok(OFFICIAL.to_owned()) } else { stand_in::build_runtime() }
}

fn decide(product: Product) -> Result<String> {
    if let Ok(image) = std::env::var(variable(product)) {
        return Ok(image);
    }
    let official = product.to_string();
    if is_here(&official) {
        return Ok(official);
    }
    if let Some(image) = stand_in::current(product) {
        return Ok(image);
    }
    if pull(&official) {
        return Ok(official);
    }
    stand_in::build(product)
}

fn variable(product: Product) -> String {
    let repository = product.repository().to_uppercase();
    format!("CDC_PREFLIGHT_IMAGE_{repository}_{}", product.version().replace('.', "_"))
}

fn is_here(image: &str) -> bool {
    let inspect = Command::new("docker").args(["image", "inspect", image]).output();
    inspect.is_ok_and(|output| output.status.success())
}

/// Pulls an image; false if the registry is out of reach or does not have it.
///
/// The first line of `docker pull` tells that the registry has the image; only after it is the
/// download given all the time it wants.
fn pull(image: &str) -> bool {
    let command = Command::new("docker")
        .args(["pull", image])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = command else { return false };
    let Some(stdout) = child.stdout.take() else { return false };
    let (sender, receiver) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        for _ in BufReader::new(stdout).lines().map_while(|line| line.ok()) {
            let _ = sender.send(());
        }
    });
    if receiver.recv_timeout(REGISTRY_PATIENCE).is_ok() {
        say(&format!("pulling the image {image}"));
    } else {
        let _ = child.kill();
    }
    let pulled = child.wait().is_ok_and(|status| status.success());
    let _ = reader.join();
    pulled
}

/// Tells the person at the terminal why nothing seems to happen. Written past the capture of the
/// test runner, which would hold it back until the wait is over.
pub(crate) fn say(message: &str) {
    let _ = writeln!(std::io::stderr(), "testbed: {message}");
}

/// Runs `docker` to its end.
///
/// # Errors
/// It failed; its error stream is in the text.
pub(crate) fn docker(arguments: &[&str]) -> Result<String> {
    let output = Command::new("docker")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(Error::io("run", "docker"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned());
    }
    Err(Error::program(&format!("docker {}", arguments[0]), &output.stderr))
}

#[cfg(test)]
mod tests {
    use super::variable;
    use crate::Product;

    #[test]
    fn the_override_variable_names_product_and_version() {
        assert_eq!(variable(Product::Postgres(17)), "CDC_PREFLIGHT_IMAGE_POSTGRES_17");
        assert_eq!(variable(Product::MARIADB_10_11), "CDC_PREFLIGHT_IMAGE_MARIADB_10_11");
    }
}
