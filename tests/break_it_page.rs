//! Reads the "Break it" section of a check's page, for the trials on databases and on the broker.

use testbed::Product;

/// One fenced block of "Break it".
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) kind: Kind,
    /// Whether it carries out what a printed instruction says, after what was printed.
    pub(crate) mend: bool,
    /// Whether a warning is all that a required check can be brought to say here.
    pub(crate) warns: bool,
    pub(crate) body: String,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// Commands of the broker's own tools.
    Command,
    /// A consumer of the broker's queue, which stays until it is mended.
    Consume,
    /// How the broker's queue is declared instead, as the management API takes it.
    Declare,
    /// Statements of a session that stays open until the trial is over, or somebody ends it.
    Hold,
    /// Members laid over what is wanted, which no request can say.
    Intent,
    /// Fields laid over the request, or over a stream's source.
    Request,
    /// Settings that the server is restarted with.
    Settings,
    /// Statements for the administrator.
    Sql,
}

/// The blocks that concern this product, in order.
pub(crate) fn blocks(doc: &str, product: Product) -> Vec<Block> {
    let section = doc.split_once("\n## Break it").expect("every page says how to break it").1;
    let mut blocks = Vec::new();
    let mut lines = section.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else { continue };
        let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        blocks.extend(block(info, &body.join("\n"), product));
    }
    blocks
}

fn block(info: &str, body: &str, product: Product) -> Option<Block> {
    let (head, limit) = match info.split_once(" on ") {
        Some((head, limit)) => (head, Some(limit)),
        None => (info, None),
    };
    let mut words = head.split_whitespace();
    let kind = match words.next()? {
        "command" => Kind::Command,
        "consume" => Kind::Consume,
        "declare" => Kind::Declare,
        "hold" => Kind::Hold,
        "intent" => Kind::Intent,
        "request" => Kind::Request,
        "settings" => Kind::Settings,
        "sql" => Kind::Sql,
        other => panic!("unknown kind of block: {other}"),
    };
    let (mend, warns) = match words.next() {
        None => (false, false),
        Some("mend") => (true, false),
        Some("warns") => (false, true),
        Some(other) => panic!("unknown word in {info}: {other}"),
    };
    let concerns = limit.is_none_or(|limit| limit.split(", ").any(|one| is(product, one)));
    concerns.then(|| Block { kind, mend, warns, body: body.into() })
}

/// `mysql` stands for MySQL only: what MariaDB needs is said apart.
fn is(product: Product, limit: &str) -> bool {
    match limit {
        "mariadb" => matches!(product, Product::MariaDb(..)),
        "mysql" => matches!(product, Product::MySql(..)),
        "postgres" => product.is_postgres(),
        exact => product.to_string() == exact,
    }
}

/// Lines `name = value` of a block.
pub(crate) fn pairs(body: &str) -> Vec<(String, String)> {
    body.lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect()
}
