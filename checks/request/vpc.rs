//! A private network is named completely.

use crate::facts::Request;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Subject, Verdict};

pub(crate) const CHECK: Check<Request> = Check {
    id: "request/vpc",
    title: "the private network is named completely",
    level: Level::Required,
    tags: &["network", "request"],
    doc: include_str!("vpc.md"),
    judge,
    remedy,
};

/// The fields that place the service in a VPC, with the prefix of their ids.
const PARTS: [(&str, &str); 3] =
    [("VpcId", "vpc-"), ("VSwitchIds", "vsw-"), ("SecurityGroupId", "sg-")];

fn judge(request: &Request, _: &Intent) -> Result<Verdict, Missing> {
    if request.text("NetworkType") == Some("PrivateNetwork") {
        return Ok(Verdict::each(PARTS.map(|(name, prefix)| part(request, name, prefix))));
    }
    let unused = PARTS.iter().filter(|(name, _)| request.has(name)).map(|(name, _)| {
        Finding::of(Subject::Field((*name).into()), Outcome::Warn)
            .because(format!("{name} has no effect unless NetworkType is PrivateNetwork"))
    });
    let unused: Vec<Finding> = unused.collect();
    if unused.is_empty() {
        return Ok(Verdict::not_applicable("The request asks for no private network."));
    }
    Ok(Verdict::each(unused))
}

fn part(request: &Request, name: &str, prefix: &str) -> Finding {
    let finding = |outcome| Finding::of(Subject::Field(name.into()), outcome);
    if !request.has(name) {
        return finding(Outcome::Fail)
            .expected(format!("{prefix}..."))
            .because(format!("PrivateNetwork needs {name}"));
    }
    let Some(text) = request.text(name) else {
        // Of the wrong type: request/parameters says so.
        return finding(Outcome::Pass);
    };
    let odd = text.split(',').any(|id| !id.trim().starts_with(prefix));
    if odd {
        return finding(Outcome::Warn)
            .expected(format!("{prefix}..."))
            .observed(text)
            .because(format!("ids in {name} usually begin with {prefix}"));
    }
    finding(Outcome::Pass).observed(text)
}

fn remedy(finding: &Finding, request: &Request, _: &Intent) -> Remedy {
    let name = finding.subject.name();
    let name = name.untrusted();
    if request.text("NetworkType") != Some("PrivateNetwork") {
        return Step::request(format!("Write NetworkType: PrivateNetwork, or remove {name}."))
            .into();
    }
    let prefix = PARTS.iter().find(|(part, _)| *part == name).map_or("", |(_, prefix)| prefix);
    let verb = if finding.outcome == Outcome::Fail { "Add" } else { "Compare" };
    let place = if verb == "Add" { "" } else { " with the console" };
    Step::request(format!("{verb} {name}{place}, for example {prefix}0123456789abcdef.")).into()
}
