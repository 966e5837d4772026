//! What follows from the definition of the command line: help, completions, manual pages.

use std::collections::BTreeSet;
use std::process::Command;

use super::{code, folder, run, said};

/// Every command, as the words to call it by, the program itself first.
fn commands(path: Vec<String>) -> Vec<Vec<String>> {
    let help = help(&path, "--help");
    let (_, listed) = help.split_once("\nCommands:\n").unwrap_or_default();
    let names = listed.lines().take_while(|line| !line.is_empty()).filter_map(|line| {
        let name = line.strip_prefix("  ")?.split(' ').next()?;
        (!name.is_empty() && name != "help").then(|| name.to_owned())
    });
    let below = names.flat_map(|name| commands([path.clone(), vec![name]].concat()));
    let below: Vec<_> = below.collect();
    [vec![path], below].concat()
}

fn help(path: &[String], flag: &str) -> String {
    let arguments: Vec<&str> = path.iter().map(String::as_str).chain([flag]).collect();
    let output = run(&arguments);
    assert_eq!(code(&output), 0, "{path:?}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn help_is_as_it_was() {
    let all = commands(Vec::new());
    assert!(all.len() > 20, "{all:?}");
    for path in all {
        let name = if path.is_empty() { "cdc-preflight".into() } else { path.join("-") };
        let (long, short) = (help(&path, "--help"), help(&path, "-h"));
        let text = if long == short { long } else { format!("{short}\n---- --help ----\n{long}") };
        insta::assert_snapshot!(format!("help-{name}"), text);
    }
}

#[test]
fn five_shells_complete() {
    for (shell, word) in [
        ("bash", "complete -F"),
        ("zsh", "#compdef cdc-preflight"),
        ("fish", "complete -c cdc-preflight"),
        ("powershell", "Register-ArgumentCompleter"),
        ("nushell", "export extern cdc-preflight"),
    ] {
        let output = run(&["completions", shell]);
        let script = said(&output);
        assert_eq!(code(&output), 0, "{shell}");
        for word in [word, "tls-mode", "no-probe"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
        // The others complete no values of arguments that are not flags.
        let completes_ids = ["bash", "zsh", "nushell"].contains(&shell);
        assert_eq!(script.contains("postgres/wal-level"), completes_ids, "{shell}");
    }
    assert_eq!(code(&run(&["completions", "tcsh"])), 2);
}

#[test]
fn bash_understands_its_completions() {
    let script = run(&["completions", "bash"]).stdout;
    let asked = "\nCOMP_WORDS=(cdc-preflight check --tls-mode verify-f); COMP_CWORD=3; \
                 _cdc__preflight cdc-preflight verify-f --tls-mode; echo \"${COMPREPLY[@]}\"\n";
    let script = [script.as_slice(), asked.as_bytes()].concat();
    let folder = folder();
    let path = folder.path().join("completions.bash");
    std::fs::write(&path, script).unwrap();
    let output = Command::new("bash").arg(path).output().expect("there is a bash");
    assert_eq!(said(&output).trim(), "verify-full");
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = folder();
    let path = folder.path().join("man1");
    let output = run(&["man", "--output-dir", path.to_str().unwrap()]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    let files = std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name());
    let files: BTreeSet<String> = files.map(|name| name.into_string().unwrap()).collect();
    let words = commands(Vec::new());
    let expected: BTreeSet<String> = words
        .iter()
        .map(|words| [&["cdc-preflight".to_owned()], words.as_slice()].concat().join("-") + ".1")
        .collect();
    assert_eq!(files, expected);
    let one = run(&["man", "events", "diff"]);
    assert!(said(&one).contains(".TH"), "{}", said(&one));
    assert_eq!(code(&run(&["man", "no-such"])), 2);
}
