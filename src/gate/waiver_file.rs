//! Reads waivers from TOML: what they say, and everything that is wrong with them at once.

use std::fmt::Write as _;
use std::sync::Arc;

use cdc_checks::Text;
use jiff::civil::Date;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::waiver_draft::{Wrong, check_pattern, last_day};
use super::{Glob, Waiver};
use crate::request::{Complaint, Problems, Source, Span};

/// What every waiver says.
const NEEDED: [&str; 4] = ["check", "reason", "owner", "expires"];

/// The key under which waivers stand.
const WAIVERS: &str = "waivers";

/// What a waiver may say.
const KEYS: [&str; 6] = ["check", "expires", "owner", "reason", "subject", "target"];

impl Waiver {
    /// Reads a file of `[[waivers]]`.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn read_file(name: &str, text: &str) -> Result<Vec<Arc<Self>>, Problems> {
        let source = Source::shown(name, text);
        let document = DeTable::parse(text).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            source.problems([Complaint::error(&span, error.message(), "")])
        })?;
        let mut reader = Reader::new(name, text);
        let mut waivers = Vec::new();
        for (key, value) in document.get_ref() {
            match (key.get_ref().as_ref(), value.get_ref()) {
                (WAIVERS, DeValue::Array(tables)) => match Self::read_tables(name, text, tables) {
                    Ok(read) => waivers = read,
                    Err(complaints) => reader.complaints.extend(complaints),
                },
                (WAIVERS, _) => reader.complain(&value.span(), "waivers are tables", FORM),
                (unknown, _) => {
                    reader.unknown_key(&key.span(), unknown, [WAIVERS]);
                }
            }
        }
        match reader.complaints.is_empty() {
            true => Ok(waivers),
            false => Err(source.problems(reader.complaints)),
        }
    }

    /// Reads the `[[waivers]]` of a file, be they all that it holds or not; `text` is all of it.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub(crate) fn read_tables(
        name: &str,
        text: &str,
        tables: &DeArray<'_>,
    ) -> Result<Vec<Arc<Self>>, Vec<Complaint>> {
        let mut reader = Reader::new(name, text);
        let waivers = reader.waivers(tables);
        if reader.complaints.is_empty() { Ok(waivers) } else { Err(reader.complaints) }
    }
}

/// What a waiver looks like.
const FORM: &str = "A waiver is [[waivers]] with check, reason, owner and expires, and where \
                    needed subject and target.";

struct Reader<'a> {
    name: &'a str,
    text: &'a str,
    complaints: Vec<Complaint>,
}

impl<'a> Reader<'a> {
    fn new(name: &'a str, text: &'a str) -> Self {
        Self { name, text, complaints: Vec::new() }
    }

    fn waivers(&mut self, tables: &DeArray<'_>) -> Vec<Arc<Waiver>> {
        let tables = tables.iter().filter_map(|table| match table.get_ref() {
            DeValue::Table(content) => self.waiver(&table.span(), content).map(Arc::new),
            _ => {
                self.complain(&table.span(), "a waiver is a table", FORM);
                None
            }
        });
        tables.collect()
    }

    fn waiver(&mut self, span: &Span, table: &DeTable<'_>) -> Option<Waiver> {
        for key in table.keys().filter(|key| !KEYS.contains(&key.get_ref().as_ref())) {
            self.unknown_key(&key.span(), key.get_ref(), KEYS);
        }
        self.demand(span, table);
        let check = self.words(table, "check").and_then(|it| self.check(&it));
        let reason = self.words(table, "reason");
        let owner = self.words(table, "owner");
        let expires = table.get("expires").and_then(|it| self.date(it));
        let subject = self.pattern(table, "subject");
        let target = self.pattern(table, "target");
        Some(Waiver {
            check: check?,
            subject: subject?,
            target: target?,
            reason: Text::new(reason?.into_inner()),
            owner: Text::new(owner?.into_inner()),
            expires: expires?,
            place: Text::new(self.place(span)),
        })
    }

    fn unknown_key<const N: usize>(&mut self, span: &Span, key: &str, known: [&str; N]) {
        let scored = known.map(|known| (strsim::jaro_winkler(known, key), known));
        let near = scored.into_iter().max_by(|one, other| one.0.total_cmp(&other.0));
        let help = match near.filter(|(score, _)| *score > 0.8) {
            Some((_, near)) => format!("Did you mean {near}?"),
            None => FORM.to_owned(),
        };
        self.complain(span, format!("there is no key {key}"), &help);
    }

    /// What every waiver has to say, whatever it accepts.
    fn demand(&mut self, span: &Span, table: &DeTable<'_>) {
        let absent = |key: &&str| !table.contains_key(*key);
        let absent: Vec<&str> = NEEDED.into_iter().filter(absent).collect();
        if !absent.is_empty() {
            self.complain(span, format!("the waiver has no {}", absent.join(", no ")), FORM);
        }
    }

    fn words(&mut self, table: &DeTable<'_>, key: &str) -> Option<Spanned<String>> {
        table.get(key).and_then(|value| self.text(value, key))
    }

    fn text(&mut self, value: &Spanned<DeValue<'_>>, key: &str) -> Option<Spanned<String>> {
        match value.get_ref() {
            DeValue::String(text) if text.trim().is_empty() => {
                self.complain(&value.span(), format!("{key} says nothing"), "");
                None
            }
            DeValue::String(text) => Some(Spanned::new(value.span(), text.trim().to_owned())),
            _ => {
                self.complain(&value.span(), format!("{key} is a text"), "Put it in quotes.");
                None
            }
        }
    }

    /// A pattern of names; everything where nothing is said.
    fn pattern(&mut self, table: &DeTable<'_>, key: &str) -> Option<Glob> {
        let Some(value) = table.get(key) else { return Some(Glob::any()) };
        self.text(value, key).map(|text| Glob::new(text.into_inner()))
    }

    fn check(&mut self, text: &Spanned<String>) -> Option<Glob> {
        check_pattern(text.get_ref()).map_err(|wrong| self.wrong(&text.span(), &wrong)).ok()
    }

    /// A date, as such or in quotes.
    fn date(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Date> {
        let text = match value.get_ref() {
            DeValue::Datetime(date) => date.to_string(),
            DeValue::String(text) => text.to_string(),
            _ => String::new(),
        };
        last_day(&text).map_err(|wrong| self.wrong(&value.span(), &wrong)).ok()
    }

    fn wrong(&mut self, span: &Span, wrong: &Wrong) {
        self.complain(span, &wrong.message, &wrong.help);
    }

    /// `waivers.toml:3`.
    fn place(&self, span: &Span) -> String {
        let before = self.text.get(..span.start).unwrap_or_default();
        let mut place = self.name.to_owned();
        let _ = write!(place, ":{}", before.matches('\n').count() + 1);
        place
    }

    fn complain(&mut self, span: &Span, message: impl Into<String>, help: &str) {
        self.complaints.push(Complaint::error(span, message, help));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[[waivers]]\ncheck = \"postgres/row-security\"\nsubject = \"public.*\"\n\
                        reason = \"append-only\"\nowner = \"dba-team\"\nexpires = 2026-12-31\n";

    #[test]
    fn a_waiver_says_what_it_accepts_why_who_and_until_when() {
        let text = format!(
            "# Ours.\n\n{GOOD}\n[[waivers]]\ncheck = \"mysql/*\"\n\
                            reason = \" a \"\nowner = \"b\"\nexpires = \"2027-01-01\"\n"
        );
        let waivers = Waiver::read_file("w.toml", &text).expect("waivers");
        let [one, other] = waivers.as_slice() else { panic!("{waivers:?}") };
        assert_eq!(one.check.as_str(), "postgres/row-security");
        assert_eq!(one.subject.as_str(), "public.*");
        assert_eq!((one.reason.untrusted(), one.owner.untrusted()), ("append-only", "dba-team"));
        assert_eq!(one.expires.to_string(), "2026-12-31");
        assert_eq!(one.place.untrusted(), "w.toml:3");
        assert_eq!((other.subject.as_str(), other.target.as_str()), ("*", "*"));
        assert_eq!((other.reason.untrusted(), other.expires.year()), ("a", 2027));
    }

    #[test]
    fn a_file_without_waivers_has_none() {
        for text in ["", "# nothing\n", "waivers = []\n"] {
            assert_eq!(Waiver::read_file("w.toml", text).expect("a file").len(), 0);
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place_and_a_suggestion() {
        let with = |from: &str, to: &str| GOOD.replace(from, to);
        for (text, place, said) in [
            (
                with("subject =", "subjct ="),
                "3:1",
                "there is no key subjct (Did you mean subject?)",
            ),
            (with("owner = \"dba-team\"\n", ""), "1:1", "the waiver has no owner"),
            (with("append-only", " "), "4:10", "reason says nothing"),
            (with("\"append-only\"", "1"), "4:10", "reason is a text (Put it in quotes.)"),
            (with("w-sec", "w-sc"), "2:9", "(Did you mean postgres/row-security?)"),
            (with("postgres/row-security", "nothing/*"), "2:9", "no id of a check fits nothing/*"),
            (with("12-31", "12-31T00:00:00Z"), "6:11", "expires is no date (Write the last day"),
            (with("2026-12-31", "\"soon\""), "6:11", "expires is no date"),
            (with("2026-12-31", "20261231"), "6:11", "expires is no date"),
            ("waivers = 1\n".into(), "1:11", "waivers are tables"),
            ("waivers = [1]\n".into(), "1:12", "a waiver is a table"),
            ("[[waiver]]\n".into(), "1:3", "there is no key waiver (Did you mean waivers?)"),
            (with("2026-12-31", "2026-02-30"), "6:", ""),
            ("[[waivers]\n".into(), "1:", ""),
        ] {
            let problems = Waiver::read_file("w.toml", &text).expect_err("problems").to_string();
            assert!(problems.starts_with(&format!("w.toml:{place}")), "{text}: {problems}");
            assert!(problems.contains(said), "{text}: {problems}");
        }
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let problems = Waiver::read_file("w.toml", "[[waivers]]\nchek = 1\n[[waivers]]\n");
        assert_eq!(problems.expect_err("problems").len(), 3);
    }
}
