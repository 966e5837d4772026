//! The runs of a source over time, as a picture.
//!
//! Colours only help: what a bar is also shows by its width, and a verdict by its shape. A table
//! with the same numbers stands beside it.

use uuid::Uuid;

use super::words::When;

/// From the middle of a run to the next, in pixels, as everything here.
const STEP: usize = 26;
/// The height of the highest bar.
const HEIGHT: usize = 110;
/// What is above the bars, and left of them.
const TOP: usize = 14;
const LEFT: usize = 34;
/// Below this there is no room for a date.
const NARROWEST: usize = 120;
/// How wide a bar of each kind of finding is: failed, not found out, warned.
const WIDTHS: [usize; 3] = [18, 12, 6];
/// What the classes of the kinds are called.
const CLASSES: [&str; 3] = ["fail", "undetermined", "warn"];

/// A run of a source.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) id: Uuid,
    pub(super) at: When,
    pub(super) is_open: Option<bool>,
    pub(super) is_finished: bool,
    /// Whether the run itself failed.
    pub(super) is_failed: bool,
    pub(super) words: &'static str,
    pub(super) class: &'static str,
    /// Checks that failed, that were not found out, and that warned.
    pub(super) numbers: [usize; 3],
}

/// The picture.
pub(super) struct Chart {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Where the bars stand.
    pub(super) ground: usize,
    /// The number that the highest bar is worth.
    pub(super) most: usize,
    pub(super) bars: Vec<Bar>,
    pub(super) marks: Vec<Mark>,
    /// All of it in a sentence.
    pub(super) told: String,
    /// When the first and the last run were, and where that is written.
    pub(super) ends: Vec<(usize, &'static str, String)>,
}

/// A part of a run's bar.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Bar {
    pub(super) class: &'static str,
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) width: usize,
    pub(super) height: usize,
}

/// A run's verdict.
pub(super) struct Mark {
    pub(super) x: usize,
    /// `open` is a disc, `closed` a square, `failed` a cross.
    pub(super) kind: &'static str,
}

impl Chart {
    /// The picture of these runs, of which the newest comes first; `None` of fewer than two ended.
    pub(super) fn of(runs: &[Run]) -> Option<Self> {
        let ended = runs.iter().rev().filter(|run| run.is_finished || run.is_failed);
        let ended: Vec<&Run> = ended.collect();
        let (first, last) = match ended.as_slice() {
            [first, .., last] => (first, last),
            _ => return None,
        };
        let most = ended.iter().map(|run| run.numbers.iter().sum()).max().unwrap_or(0).max(1);
        let (width, ground) = ((LEFT + STEP * ended.len() + 8).max(NARROWEST), TOP + HEIGHT);
        let places =
            ended.iter().enumerate().map(|(number, run)| (LEFT + STEP * number + 13, *run));
        let day = |run: &Run| run.at.exact()[..10].to_owned();
        let ends = vec![(LEFT, "start", day(first)), (width - 8, "end", day(last))];
        Some(Self {
            width,
            height: ground + 46,
            ground,
            most,
            bars: places.clone().flat_map(|(x, run)| bars(x, run, most)).collect(),
            marks: places.map(|(x, run)| Mark { x, kind: kind(run) }).collect(),
            told: told(&ended),
            // Where there is little room, one of them is enough.
            ends: if ended.len() < 7 { ends.into_iter().take(1).collect() } else { ends },
        })
    }
}

fn kind(run: &Run) -> &'static str {
    match run.is_open {
        Some(true) => "open",
        Some(false) => "closed",
        None => "failed",
    }
}

/// The parts of a bar, from the ground up.
fn bars(x: usize, run: &Run, most: usize) -> Vec<Bar> {
    let mut below = 0;
    let mut bars = Vec::new();
    for ((number, width), class) in run.numbers.into_iter().zip(WIDTHS).zip(CLASSES) {
        let (low, high) = (below * HEIGHT / most, (below + number) * HEIGHT / most);
        below += number;
        if high > low {
            let (y, height) = (TOP + HEIGHT - high, high - low);
            bars.push(Bar { class, x: x - width / 2, y, width, height });
        }
    }
    bars
}

fn told(ended: &[&Run]) -> String {
    let count = |kind_of: &str| ended.iter().filter(|run| kind(run) == kind_of).count();
    let failures = || ended.iter().map(|run| run.numbers[0]);
    let (least, most) = (failures().min().unwrap_or(0), failures().max().unwrap_or(0));
    let run_failed = match count("failed") {
        0 => String::new(),
        number => format!(", and {number} came to no report"),
    };
    format!(
        "{} runs: the gate was open in {} and closed in {}{run_failed}. Checks that failed: {least} \
         to {most} a run.",
        ended.len(),
        count("open"),
        count("closed"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(is_open: Option<bool>, numbers: [usize; 3]) -> Run {
        Run {
            id: Uuid::nil(),
            at: When("2026-11-29T22:24:03Z".parse().expect("a time")),
            is_open,
            is_finished: is_open.is_some(),
            is_failed: is_open.is_none(),
            words: "",
            class: "",
            numbers,
        }
    }

    #[test]
    fn the_highest_bar_is_that_of_most_findings() {
        let runs = [run(None, [0; 3]), run(Some(true), [0, 0, 1]), run(Some(false), [2, 1, 1])];
        let chart = Chart::of(&runs).expect("a picture");
        assert_eq!(chart.most, 4);
        let tops: Vec<(usize, usize)> = chart.bars.iter().map(|bar| (bar.y, bar.height)).collect();
        // The oldest run is the first: half failed, a quarter not found out, a quarter warned.
        assert_eq!(tops, [(69, 55), (42, 27), (14, 28), (97, 27)]);
        let kinds: Vec<&str> = chart.marks.iter().map(|mark| mark.kind).collect();
        assert_eq!(kinds, ["closed", "open", "failed"]);
        let words = "3 runs: the gate was open in 1 and closed in 1, and 1 came to no report. Checks \
                     that failed: 0 to 2 a run.";
        assert_eq!(chart.told, words);
    }

    #[test]
    fn one_run_is_no_time() {
        assert!(Chart::of(&[run(Some(true), [0; 3])]).is_none());
        assert!(Chart::of(&[]).is_none());
    }
}
