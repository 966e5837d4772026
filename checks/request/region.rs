//! The region is one of EventBridge's.

use super::fields::nearest;
use crate::facts::Request;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Subject, Verdict};

pub(crate) const CHECK: Check<Request> = Check {
    id: "request/region",
    title: "the region is known",
    level: Level::Recommended,
    tags: &["request"],
    doc: include_str!("region.md"),
    judge,
    remedy,
};

/// The regions in the endpoint map of the service's SDK (8.7.0).
const REGIONS: [&str; 26] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-southeast-1",
    "ap-southeast-3",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "cn-beijing",
    "cn-beijing-finance-1",
    "cn-chengdu",
    "cn-guangzhou",
    "cn-hangzhou",
    "cn-heyuan",
    "cn-hongkong",
    "cn-huhehaote",
    "cn-qingdao",
    "cn-shanghai",
    "cn-shanghai-finance-1",
    "cn-shenzhen",
    "cn-shenzhen-finance-1",
    "cn-wulanchabu",
    "cn-zhangjiakou",
    "eu-central-1",
    "eu-west-1",
    "us-east-1",
    "us-west-1",
];

fn judge(request: &Request, _: &Intent) -> Result<Verdict, Missing> {
    if request.quick_look {
        return Ok(Verdict::not_applicable("A URL names no region."));
    }
    let Some(region) = request.text("RegionId").filter(|region| !region.trim().is_empty()) else {
        return Ok(Verdict::not_applicable("The request names no region."));
    };
    let is_known = REGIONS.contains(&region);
    let outcome = if is_known { Outcome::Pass } else { Outcome::Warn };
    let finding = Finding::of(Subject::Field("RegionId".into()), outcome).observed(region);
    if is_known {
        return Ok(finding.into());
    }
    let finding = match nearest(region, REGIONS) {
        Some(near) => finding.expected(near),
        None => finding.expected("a region of EventBridge"),
    };
    Ok(finding.because("RegionId is no region in which EventBridge is known to run").into())
}

fn remedy(_: &Finding, request: &Request, _: &Intent) -> Remedy {
    let near = request.text("RegionId").and_then(|region| nearest(region, REGIONS));
    Step::request(match near {
        Some(near) => format!("Did you mean {near}?"),
        None => "Use the region's id as the console shows it, for example cn-hangzhou.".into(),
    })
    .into()
}
