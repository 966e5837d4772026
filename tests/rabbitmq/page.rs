//! Reads the "Break it" section of a check's page.

/// One fenced block of "Break it".
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) kind: Kind,
    /// Whether it carries out what a printed instruction says, after the printed commands.
    pub(crate) mend: bool,
    /// Whether a warning is all that a required check can be brought to say here.
    pub(crate) warns: bool,
    pub(crate) body: String,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// Commands of the broker's own tools.
    Command,
    /// A consumer that stays until it is mended.
    Consume,
    /// How the queue is declared instead, as the management API takes it.
    Declare,
    /// Members laid over what is wanted.
    Intent,
    /// Fields laid over the source.
    Request,
}

/// The blocks, in order.
pub(crate) fn blocks(doc: &str) -> Vec<Block> {
    let section = doc.split_once("\n## Break it").expect("every page says how to break it").1;
    let mut blocks = Vec::new();
    let mut lines = section.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else { continue };
        let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        blocks.push(block(info, body.join("\n")));
    }
    blocks
}

fn block(info: &str, body: String) -> Block {
    let mut words = info.split_whitespace();
    let kind = match words.next() {
        Some("command") => Kind::Command,
        Some("consume") => Kind::Consume,
        Some("declare") => Kind::Declare,
        Some("intent") => Kind::Intent,
        Some("request") => Kind::Request,
        other => panic!("unknown kind of block: {other:?}"),
    };
    let (mend, warns) = match words.next() {
        None => (false, false),
        Some("mend") => (true, false),
        Some("warns") => (false, true),
        Some(other) => panic!("unknown word in {info}: {other}"),
    };
    Block { kind, mend, warns, body }
}

/// Lines `name = value`.
pub(crate) fn pairs(body: &str) -> Vec<(String, String)> {
    let pairs = body.lines().filter_map(|line| line.split_once(" = "));
    pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect()
}
