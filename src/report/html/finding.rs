//! One check as a part of the page: what was found, why it matters, and what to do.

use cdc_checks::{Action, CheckResult, Cost, Finding as Found, Language, Missing, Outcome, Text};

use super::super::batch::{self, Batch};
use super::super::group::{self, Group};
use super::super::text::{self, Statement};
use super::super::{NAME_LIMIT, tally, translate, words as phrases};
use super::Words;
use crate::gate::Rulings;
use crate::pages;

/// Subjects of one finding that are named at once; the others are in a list that opens.
const NAMES_SHOWN: usize = 12;

/// Findings of one check that are told at once; the others open.
const GROUPS_SHOWN: usize = 10;

/// Everything that the page says of one check.
pub(super) struct Finding {
    pub(super) anchor: String,
    pub(super) id: &'static str,
    pub(super) area: &'static str,
    pub(super) title: String,
    pub(super) outcome: &'static str,
    pub(super) word: &'static str,
    pub(super) level: &'static str,
    pub(super) level_word: &'static str,
    pub(super) closes: bool,
    /// What breaks in general, in a sentence.
    /// Words, and in every second place code.
    pub(super) why: Option<Vec<String>>,
    pub(super) groups: Vec<Told>,
    pub(super) more_groups: Vec<Told>,
    /// What to do, where it is the same for all groups.
    pub(super) steps: Vec<Step>,
    pub(super) passed: Option<String>,
    /// Checks that could not be made because of this one: id and title.
    pub(super) behind: Vec<(&'static str, String)>,
    /// The check's page, as HTML that is safe as it stands.
    pub(super) page: String,
}

/// What was found of subjects that are alike.
pub(super) struct Told {
    pub(super) label: &'static str,
    pub(super) names: Vec<String>,
    pub(super) more_names: Vec<String>,
    /// The outcome, where it is not that of the check.
    pub(super) outcome: Option<&'static str>,
    pub(super) found: Option<String>,
    pub(super) needed: Option<String>,
    pub(super) message: Option<String>,
    /// Why it is not known, with its label.
    pub(super) unknown: Vec<(&'static str, String)>,
    pub(super) steps: Vec<Step>,
}

/// Something to do.
pub(super) struct Step {
    pub(super) actor: &'static str,
    pub(super) cost: Option<&'static str>,
    pub(super) is_heavy: bool,
    pub(super) place: Option<String>,
    /// Lines to paste, as they stand.
    pub(super) code: String,
    /// Statements that escaping has changed: to be read only.
    pub(super) altered: Vec<String>,
    /// Lengths of statements that are too long to be shown.
    pub(super) too_long: Vec<usize>,
    /// What is done without a statement.
    pub(super) prose: Vec<String>,
    pub(super) undo: String,
    pub(super) note: Option<String>,
}

/// Where a check of a target stands in the page.
pub(super) fn anchor(target: usize, id: &str) -> String {
    format!("t{}-{}", target + 1, text::escape_terminal(&id.into()).replace('/', "-"))
}

impl Finding {
    /// A check that did not pass.
    pub(super) fn full(
        target: usize,
        result: &CheckResult,
        behind: &[&CheckResult],
        words: Words,
    ) -> Self {
        let groups = group::notable(result);
        let together = batch::common(&groups);
        let told = |group: &Group<'_>| {
            let steps =
                if together { Vec::new() } else { steps(std::slice::from_ref(group), words) };
            Told::of(group, result.outcome, steps, words)
        };
        let mut told: Vec<Told> = groups.iter().map(told).collect();
        let passed =
            result.subjects.iter().filter(|it| it.finding.outcome == Outcome::Pass).count();
        Self {
            why: translate::why(result.check.doc_in(words.0), result.check.spoken(words.0))
                .map(|why| why.split('`').map(str::to_owned).collect()),
            more_groups: told.split_off(told.len().min(GROUPS_SHOWN)),
            groups: told,
            steps: if together { steps(&groups, words) } else { Vec::new() },
            passed: (passed > 0).then(|| format!("{passed} / {}", result.subjects.len())),
            behind: behind.iter().map(|it| (it.check.id, words.title(&it.check))).collect(),
            page: about(result.check.doc_in(words.0), result.check.spoken(words.0)),
            ..Self::head(target, result, words)
        }
    }

    /// A check in a line: what passed, does not apply, or was waived.
    pub(super) fn brief(target: usize, result: &CheckResult, words: Words) -> Self {
        let mut finding = Self::head(target, result, words);
        if let [only] = result.subjects.as_slice() {
            let found = Told::values(&only.finding);
            finding.groups.push(found);
        }
        finding
    }

    /// What of a check is waived: by whom, why, and until when; `None` where nothing is.
    pub(super) fn waived(
        target: usize,
        result: &CheckResult,
        rulings: &Rulings,
        words: Words,
    ) -> Option<Self> {
        let mut told = Self::head(target, result, words);
        told.anchor.push_str("-waived");
        (told.outcome, told.word) = (Outcome::Waived.as_str(), words.outcome(Outcome::Waived));
        for finding in result.subjects.iter().map(|subject| &subject.finding) {
            let Some(waived) = rulings.waived(result.check.id, finding) else { continue };
            let waiver = &waived.waiver;
            let owner = text::shorten(&waiver.owner, NAME_LIMIT);
            let reason = phrases::sentence(text::shorten(&waiver.reason, 4 * NAME_LIMIT));
            let until = [owner, waiver.expires.to_string()];
            let until = translate::say_all(words.0, "by {} until {}", until);
            let mut group = Told::values(finding);
            group.found = Some(text::shorten(&finding.subject.name(), NAME_LIMIT));
            group.message = Some(format!("{reason} ({until})"));
            told.groups.push(group);
        }
        (!told.groups.is_empty()).then_some(told)
    }

    fn head(target: usize, result: &CheckResult, words: Words) -> Self {
        let level = result.check.level;
        Self {
            anchor: anchor(target, result.check.id),
            id: result.check.id,
            area: result.check.area(),
            title: words.title(&result.check),
            outcome: result.outcome.as_str(),
            word: words.outcome(result.outcome),
            level: level.as_str(),
            level_word: words.say(level.as_str()),
            closes: result.closes_gate(),
            why: None,
            groups: Vec::new(),
            more_groups: Vec::new(),
            steps: Vec::new(),
            passed: None,
            behind: Vec::new(),
            page: String::new(),
        }
    }
}

/// Why and how to fix it, of a check's page. The pages are part of the program, and what comes out
/// is safe as it stands.
fn about(doc: &str, language: Language) -> String {
    // The headings stand below that of the finding.
    const DEPTH: usize = 3;
    let sections = language.headings().map(|heading| {
        pages::html(&format!("{heading}\n\n{}", pages::section(doc, heading)), DEPTH)
    });
    sections.concat()
}

impl Words {
    /// A check's title.
    pub(super) fn title(self, check: &cdc_checks::CheckInfo) -> String {
        check.title_in(self.0).to_owned()
    }
}

impl Told {
    fn of(group: &Group<'_>, outcome: Outcome, steps: Vec<Step>, words: Words) -> Self {
        let finding = group.finding();
        let (label, mut names) = match group::kind(&finding.subject) {
            Some((one, many)) => {
                (words.say(if group.subjects.len() == 1 { one } else { many }), all_names(group))
            }
            None => ("", Vec::new()),
        };
        let more_names = names.split_off(names.len().min(NAMES_SHOWN));
        Self {
            label,
            names,
            more_names,
            outcome: (finding.outcome != outcome).then(|| words.outcome(finding.outcome)),
            unknown: unknown(finding, words),
            steps,
            ..Self::values(finding)
        }
    }

    /// What was found, what is needed, and what the finding says of itself.
    fn values(finding: &Found) -> Self {
        let value = |value: &Text| text::shorten(value, 2 * NAME_LIMIT);
        let message = finding.message.as_ref();
        let message = message.map(|it| phrases::sentence(text::shorten(it, 4 * NAME_LIMIT)));
        Self {
            label: "",
            names: Vec::new(),
            more_names: Vec::new(),
            outcome: None,
            found: finding.observed.as_ref().map(value),
            needed: finding.expected.as_ref().map(value),
            message,
            unknown: Vec::new(),
            steps: Vec::new(),
        }
    }
}

fn unknown(finding: &Found, words: Words) -> Vec<(&'static str, String)> {
    let shown = |words: &Text| text::shorten(words, 4 * NAME_LIMIT);
    match &finding.missing {
        None => Vec::new(),
        Some(Missing::Denied { what, needs }) => vec![
            (words.say("hidden"), shown(what)),
            (words.say("needs"), words.of("{}, to reveal it", shown(needs))),
        ],
        Some(missing) => vec![(words.say("unknown"), shown(&missing.sentence()))],
    }
}

fn steps(groups: &[Group<'_>], words: Words) -> Vec<Step> {
    batch::batches(groups).iter().map(|batch| step(batch, words)).collect()
}

fn all_names(group: &Group<'_>) -> Vec<String> {
    let names = group.subjects.iter().map(|subject| subject.finding.subject.name());
    names.map(|name| text::shorten(&name, NAME_LIMIT)).collect()
}

fn step(batch: &Batch<'_>, words: Words) -> Step {
    let first = batch.step;
    let costs = batch::is_typed(first) || first.cost != Cost::Live;
    let mut told = Step {
        actor: words.say(batch::actor(first.actor)),
        cost: costs.then(|| words.say(batch::cost(first.cost))),
        is_heavy: matches!(first.cost, Cost::Restart | Cost::Rebuild),
        place: place(&first.action, words),
        code: String::new(),
        altered: Vec::new(),
        too_long: Vec::new(),
        prose: Vec::new(),
        undo: String::new(),
        note: first.note.as_ref().map(|note| text::shorten(note, 4 * NAME_LIMIT)),
    };
    for step in &batch.steps {
        match batch::is_typed(step) {
            true => told.add(batch::typed(step)),
            false => told.prose.push(text::shorten(batch::typed(step), 8 * NAME_LIMIT)),
        }
    }
    let mut undo: Vec<String> = Vec::new();
    for statement in batch.steps.iter().filter_map(|step| step.undo.as_ref()) {
        if let Ok(lines) = exact(statement)
            && !undo.contains(&lines)
        {
            undo.push(lines);
        }
    }
    told.undo = undo.join("\n");
    told
}

/// Where to carry it out, if that has to be said.
fn place(action: &Action, words: Words) -> Option<String> {
    match action {
        Action::Sql { database: Some(name), .. } => {
            Some(words.of("in database {}", text::shorten(name, NAME_LIMIT)))
        }
        Action::Config { file, section, .. } => {
            let place = Text::new(format!("{file} {section}"));
            Some(words.of("in {}", text::escape_terminal(&place).trim_end()))
        }
        _ => None,
    }
}

impl Step {
    fn add(&mut self, statement: &Text) {
        match exact(statement) {
            Ok(lines) => {
                if !self.code.is_empty() {
                    self.code.push('\n');
                }
                self.code.push_str(&lines);
            }
            Err(Statement::TooLong(length)) => self.too_long.push(length),
            Err(Statement::Altered(shown)) => self.altered.push(shown),
            Err(Statement::Exact(lines)) => self.code.push_str(&lines.join("\n")),
        }
    }

    /// What the reader is told of statements that are too long.
    pub(super) fn lengths(&self) -> String {
        let told: Vec<String> =
            self.too_long.iter().map(|&length| tally::plural(length, "character")).collect();
        told.join(", ")
    }
}

/// The lines to paste, or why they cannot be shown as they stand.
fn exact(statement: &Text) -> Result<String, Statement> {
    match text::statement(statement, true) {
        Statement::Exact(lines) => Ok(lines.join("\n")),
        other => Err(other),
    }
}
