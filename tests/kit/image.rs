//! The container image, built and run as its users do, with the program that was built for tests.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use super::{PROGRAM, containers_for, file, said};

/// An image that is gone when the test is.
struct Image(String);

impl Image {
    /// Packs the program that was built for the tests.
    fn build(folder: &Path) -> Self {
        let packed = folder.join("packed");
        std::fs::create_dir(&packed).unwrap();
        readable_copy(Path::new(PROGRAM), &packed.join("cdc-preflight"), 0o755);
        let image = Self(format!("cdc-preflight/packed-for-test:{}", std::process::id()));
        let base = testbed::provide_runtime_image().expect("a base image");
        let mut docker = Command::new("docker");
        docker.args(["build", "--quiet", "--build-arg", &format!("RUNTIME_IMAGE={base}")]);
        docker.args(["--tag", &image.0, "--file"]).arg(file("examples/docker/packed.Dockerfile"));
        let output = docker.arg(&packed).output().expect("docker starts");
        assert!(output.status.success(), "{}", said(&output));
        image
    }

    /// Runs it without a network, with nothing that can be written to and without any privilege.
    fn run(&self, options: &[&str], arguments: &[&str]) -> Output {
        let mut docker = Command::new("docker");
        docker.args(["run", "--rm", "--read-only", "--network", "none", "--cap-drop", "ALL"]);
        docker.args(["--security-opt", "no-new-privileges"]).args(options);
        docker.arg(&self.0).args(arguments).output().expect("docker starts")
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        let _ = Command::new("docker").args(["image", "rm", "--force", &self.0]).output();
    }
}

/// Copies a file so that every account can read it, whatever the umask was that made it.
fn readable_copy(from: &Path, to: &Path, mode: u32) {
    std::fs::copy(from, to).unwrap();
    std::fs::set_permissions(to, PermissionsExt::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn the_image_runs_without_root_and_without_a_disk() {
    if !containers_for("the container image").await {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let image = Image::build(folder.path());

    let version = image.run(&[], &["--version"]);
    assert!(said(&version).contains(env!("CARGO_PKG_VERSION")), "{}", said(&version));
    let account = image.run(&["--entrypoint", "id"], &["-u"]);
    assert_eq!(said(&account).trim(), "65532");

    let work = folder.path().join("work");
    std::fs::create_dir(&work).unwrap();
    std::fs::set_permissions(&work, PermissionsExt::from_mode(0o755)).unwrap();
    readable_copy(&file("tests/facts/postgres.json"), &work.join("facts.json"), 0o644);
    let volume = format!("{}:/work:ro", work.display());
    let check = image.run(&["--volume", &volume], &["check", "--facts", "facts.json"]);
    assert_eq!(check.status.code(), Some(0), "{}", said(&check));
    assert!(said(&check).contains("GATE OPEN"), "{}", said(&check));
}

/// What is sent once only has to be remembered: without a volume for the journal nothing is sent.
#[tokio::test]
async fn the_image_sends_nothing_that_it_would_forget() {
    if !containers_for("the journal of the container image").await {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let image = Image::build(folder.path());
    let send = |options: &[&str]| {
        let options = [&["--env", "EVENTBRIDGE_API_KEY=k"], options].concat();
        let place = ["--region", "cn-hangzhou", "--account-id", "1"];
        let output = image.run(&options, &[&["stream", "start", "orders"], &place[..]].concat());
        (output.status.code(), said(&output))
    };
    let (code, said) = send(&[]);
    assert!(code == Some(1) && said.contains("nothing was sent: \"/state"), "{code:?} {said}");
    let (code, said) = send(&["--tmpfs", "/state:mode=1777"]);
    assert!(code == Some(20) && said.contains("no connection"), "{code:?} {said}");
}
