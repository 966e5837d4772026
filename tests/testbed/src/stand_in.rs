//! Stand-in images for machines without a container registry, built from Debian packages.
//!
//! One Debian release is bootstrapped once and serves every product it has packages for; each
//! product is that base plus our entry point and an initialised data directory.

use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::images::{docker, say};
use crate::readiness::random_word;
use crate::{Error, Product, Result, install};

/// A Debian release and the servers it packages.
struct Suite {
    name: &'static str,
    /// What its base image is called.
    base: &'static str,
    packages: &'static str,
    products: &'static [Product],
}

static SUITES: [Suite; 5] = [
    Suite {
        name: "bullseye",
        base: "bullseye",
        packages: "postgresql-13",
        products: &[Product::Postgres(13)],
    },
    Suite {
        name: "bookworm",
        base: "bookworm",
        packages: "postgresql-15,mariadb-server",
        products: &[Product::Postgres(15), Product::MARIADB_10_11],
    },
    Suite {
        name: "trixie",
        base: "trixie",
        packages: "postgresql-17,mariadb-server",
        products: &[Product::Postgres(17), Product::MARIADB_11_8],
    },
    Suite {
        name: "sid",
        base: "sid",
        packages: "postgresql-18,mysql-server",
        products: &[Product::Postgres(18), Product::MYSQL],
    },
    // Apart from the databases of its release, so that neither waits for the other's packages.
    Suite {
        name: "trixie",
        base: "trixie-rabbitmq",
        packages: "rabbitmq-server",
        products: &[Product::RABBITMQ],
    },
];

/// A product of the release that stands for plain Debian.
const RUNTIME: Product = Product::Postgres(17);

const ENTRY_POINT: &str = include_str!("../stand-in/docker-entrypoint.sh");
const MY_CNF: &str = include_str!("../stand-in/my.cnf");
const PREPARE: &str = include_str!("../stand-in/prepare.sh");

/// The files of RabbitMQ's own: the entry point, and what prepares the image.
const RABBITMQ: (&str, &str) = (
    include_str!("../stand-in/rabbitmq-entrypoint.sh"),
    include_str!("../stand-in/rabbitmq-prepare.sh"),
);

/// The image label that tells by which recipe it was made.
const RECIPE_LABEL: &str = "cdc-preflight.recipe";

/// Documentation, translations and PostgreSQL's just-in-time compiler, which no test needs.
const EXCLUDED: [&str; 6] = [
    "/usr/share/doc/*",
    "/usr/share/info/*",
    "/usr/share/locale/*",
    "/usr/share/man/*",
    "/usr/lib/postgresql/*/lib/bitcode/*",
    "/usr/lib/llvm*",
];

/// Removes the data directories the packages made: the image initialises its own.
const CLEAN_UP: &str = r#"rm -rf "$1"/var/lib/mysql "$1"/var/lib/postgresql "$1"/etc/postgresql \
    "$1"/var/log/mysql "$1"/var/lib/apt/lists/*"#;

/// The stand-in for `product`, if it has been built by the present recipe.
pub(crate) fn current(product: Product) -> Option<String> {
    let suite = suite_of(product).ok()?;
    let tag = tag(product);
    has_recipe(&tag, &recipe(suite)).then_some(tag)
}

/// Builds the stand-in for `product`, once even if many processes ask at the same time.
///
/// # Errors
/// There is no such stand-in, the machine cannot bootstrap Debian, or the engine refuses.
pub(crate) fn build(product: Product) -> Result<String> {
    let suite = suite_of(product)?;
    let _lock = lock(suite)?;
    if current(product).is_none() {
        let base = build_base(suite)?;
        build_product(suite, &base, product)?;
    }
    Ok(tag(product))
}

/// The stand-in for plain Debian, if it has been built by the present recipe.
pub(crate) fn current_runtime() -> Option<String> {
    let suite = suite_of(RUNTIME).ok()?;
    let base = base_tag(suite);
    has_recipe(&base, &base_recipe(suite)).then_some(base)
}

/// Builds the stand-in for plain Debian; servers that it has, too, do no harm.
///
/// # Errors
/// As for [`build`].
pub(crate) fn build_runtime() -> Result<String> {
    let suite = suite_of(RUNTIME)?;
    let _lock = lock(suite)?;
    build_base(suite)
}

/// Builds the stand-ins for `products` ahead of their use, several releases at a time.
///
/// # Errors
/// As for a first [`Server::start`](crate::Server::start).
pub fn build_stand_ins(products: &[Product]) -> Result<()> {
    let build_all = |suite: &Suite| -> Result<()> {
        let wanted = suite.products.iter().filter(|product| products.contains(product));
        wanted.copied().try_for_each(|product| build(product).map(drop))
    };
    for product in products {
        suite_of(*product)?;
    }
    std::thread::scope(|scope| {
        let builds: Vec<_> =
            SUITES.iter().map(|suite| scope.spawn(move || build_all(suite))).collect();
        builds.into_iter().try_for_each(|build| {
            build.join().map_err(|_| Error::Environment("a build panicked".to_owned()))?
        })
    })
}

fn suite_of(product: Product) -> Result<&'static Suite> {
    SUITES.iter().find(|suite| suite.products.contains(&product)).ok_or_else(|| {
        let products = Product::ALL.iter().chain([&Product::RABBITMQ]);
        let known: Vec<_> = products.map(ToString::to_string).collect();
        let known = known.join(", ");
        Error::Environment(format!(
            "the image {product} is not here and cannot be pulled; stand-ins exist for {known}"
        ))
    })
}

fn base_tag(suite: &Suite) -> String {
    format!("cdc-preflight/debian:{}", suite.base)
}

fn tag(product: Product) -> String {
    format!("cdc-preflight/{product}")
}

/// A digest of everything that decides what is in the images of a suite.
fn recipe(suite: &Suite) -> String {
    let mut hasher = DefaultHasher::new();
    if suite.products.iter().any(|product| product.is_rabbitmq()) {
        (base_recipe(suite), RABBITMQ, 2).hash(&mut hasher);
    } else {
        (base_recipe(suite), ENTRY_POINT, MY_CNF, PREPARE, 1).hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}

fn base_recipe(suite: &Suite) -> String {
    let mut hasher = DefaultHasher::new();
    (suite.name, suite.packages, EXCLUDED, CLEAN_UP).hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn has_recipe(image: &str, recipe: &str) -> bool {
    let format = format!("{{{{index .Config.Labels {RECIPE_LABEL:?}}}}}");
    docker(&["image", "inspect", "--format", &format, image]).is_ok_and(|label| label == recipe)
}

/// Held while a suite is built; released by the system when the file is closed.
fn lock(suite: &Suite) -> Result<File> {
    let path = std::env::temp_dir().join(format!("cdc-preflight-testbed-{}.lock", suite.base));
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(Error::io("open", &path))?;
    file.lock().map_err(Error::io("lock", &path))?;
    Ok(file)
}

/// Bootstraps a Debian release with its servers and imports it.
fn build_base(suite: &Suite) -> Result<String> {
    let base = base_tag(suite);
    let recipe = base_recipe(suite);
    if has_recipe(&base, &recipe) {
        return Ok(base);
    }
    install::program("mmdebstrap", "mmdebstrap")?;
    say(&format!("building {base} from Debian packages, once; this takes about 40 seconds"));
    let mut errors = tempfile::tempfile().map_err(Error::io("create", "a file"))?;
    let stderr = errors.try_clone().map_err(Error::io("share", "a file"))?;
    let mut bootstrap =
        bootstrap(suite).stderr(stderr).spawn().map_err(Error::io("run", "mmdebstrap"))?;
    let archive = bootstrap.stdout.take().map_or_else(Stdio::null, Stdio::from);
    let import = Command::new("docker")
        .args(["import", "--change", &format!("LABEL {RECIPE_LABEL}={recipe}"), "-", &base])
        .stdin(archive)
        .output()
        .map_err(Error::io("run", "docker"))?;
    let status = bootstrap.wait().map_err(Error::io("wait for", "mmdebstrap"))?;
    if !status.success() {
        // The import may have taken half an archive for a whole one.
        let _ = docker(&["image", "rm", &base]);
        let mut text = Vec::new();
        let _ = errors.rewind().and_then(|()| errors.read_to_end(&mut text));
        return Err(Error::program("mmdebstrap", &text));
    }
    if import.status.success() {
        Ok(base)
    } else {
        Err(Error::program("docker import", &import.stderr))
    }
}

/// The archive is written to standard output. Packages need no flushing to disk on their way there,
/// and a frozen mirror's old date is no reason to refuse it.
fn bootstrap(suite: &Suite) -> Command {
    const MIRROR: &str = "http://deb.debian.org/debian";
    let mirror = std::env::var("CDC_PREFLIGHT_DEBIAN_MIRROR").unwrap_or_else(|_| MIRROR.to_owned());
    let mut command = Command::new("mmdebstrap");
    command
        .args(["--quiet", "--variant=minbase", "--dpkgopt=force-unsafe-io"])
        .arg("--aptopt=Acquire::Check-Valid-Until \"false\"")
        .args(EXCLUDED.map(|path| format!("--dpkgopt=path-exclude={path}")))
        .arg(format!("--customize-hook={CLEAN_UP}"))
        .arg(format!("--include={}", suite.packages))
        .args([suite.name, "-", &mirror])
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    command
}

/// Runs the preparation in a container made from the base and keeps the result as an image.
fn build_product(suite: &Suite, base: &str, product: Product) -> Result<()> {
    say(&format!("building {} on it; this takes about 10 seconds", tag(product)));
    let name = format!("testbed-build-{}", random_word()?);
    let result = prepare(&name, base, product).and_then(|()| commit(suite, &name, product));
    let removed = docker(&["rm", "--force", "--volumes", &name]);
    result.and(removed.map(drop))
}

fn prepare(name: &str, base: &str, product: Product) -> Result<()> {
    // PostgreSQL takes SIGINT as the order to stop without waiting for its clients.
    let signal = if product.is_postgres() { "SIGINT" } else { "SIGTERM" };
    let mut create = vec!["create", "--name", name, "--stop-signal", signal];
    let variables = variables(product);
    for variable in &variables {
        create.extend(["--env", variable]);
    }
    create.extend([base, "sh", "/tmp/prepare.sh"]);
    docker(&create)?;
    let directory = tempfile::tempdir().map_err(Error::io("create", "a directory"))?;
    let (entry_point, prepare) = match product {
        Product::RabbitMq(..) => RABBITMQ,
        _ => (ENTRY_POINT, PREPARE),
    };
    for (text, target) in [
        (entry_point, "/usr/local/bin/docker-entrypoint.sh"),
        (MY_CNF, "/tmp/my.cnf"),
        (prepare, "/tmp/prepare.sh"),
    ] {
        copy_in(directory.path(), text, &format!("{name}:{target}"))?;
    }
    docker(&["start", "--attach", name]).map(drop)
}

fn copy_in(directory: &Path, text: &str, target: &str) -> Result<()> {
    let path = directory.join("file");
    let write = File::create(&path).and_then(|mut file| file.write_all(text.as_bytes()));
    write.map_err(Error::io("write", &path))?;
    docker(&["cp", "--quiet", &path.to_string_lossy(), target]).map(drop)
}

fn commit(suite: &Suite, name: &str, product: Product) -> Result<()> {
    let changes = [
        "ENTRYPOINT [\"docker-entrypoint.sh\"]".to_owned(),
        format!("CMD [{:?}]", product.server()),
        format!("VOLUME {}", volume(product)),
        exposed(product),
        format!("LABEL {RECIPE_LABEL}={}", recipe(suite)),
    ];
    let mut arguments = vec!["commit"];
    for change in &changes {
        arguments.extend(["--change", change]);
    }
    let tag = tag(product);
    arguments.extend([name, &tag]);
    let outdated = docker(&["image", "inspect", "--format", "{{.Id}}", &tag]);
    docker(&arguments)?;
    if let Ok(id) = outdated {
        // Refused while a container still runs from it; then it stays.
        let _ = docker(&["image", "rm", &id]);
    }
    Ok(())
}

/// The environment of the image, as in the official ones where they have the same variable.
fn variables(product: Product) -> Vec<String> {
    const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    let server = format!("STAND_IN_SERVER={}", product.server());
    let version = format!("STAND_IN_VERSION={}", product.version());
    let Product::Postgres(major) = product else { return vec![server, version] };
    let data = if major < 18 { "data".to_owned() } else { format!("{major}/docker") };
    let method = if major < 14 { "md5" } else { "scram-sha-256" };
    vec![
        server,
        version,
        format!("PATH=/usr/lib/postgresql/{major}/bin:{PATH}"),
        format!("PGDATA=/var/lib/postgresql/{data}"),
        format!("PG_HOST_AUTH={method}"),
    ]
}

/// Ports that are not exposed are not published either.
fn exposed(product: Product) -> String {
    let ports = std::iter::once(product.port()).chain(product.other_ports().iter().copied());
    format!("EXPOSE {}", ports.map(|port| port.to_string()).collect::<Vec<_>>().join(" "))
}

fn volume(product: Product) -> &'static str {
    match product {
        Product::Postgres(major) if major < 18 => "/var/lib/postgresql/data",
        Product::Postgres(_) => "/var/lib/postgresql",
        Product::MySql(..) | Product::MariaDb(..) => "/var/lib/mysql",
        Product::RabbitMq(..) => "/var/lib/rabbitmq",
    }
}
