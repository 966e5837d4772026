//! Prices that are shown before anything is sent, and keys of the vendor's own files.

use serde_json::{Value, json};

use crate::stage::{ACCESS_KEY, EXAMPLE, Stage};

#[tokio::test]
async fn prices_are_shown_before_anything_is_sent_and_nothing_is_made_up() {
    let stage = Stage::new().await;
    let dry = stage.good(&["stream", "create", EXAMPLE, "--dry-run"]).await;
    for line in [
        "  the call    not billed [vendor]\n",
        "  the call    0.0002 to 0.005 of a currency that is not named [seed, unverified]\n",
        "  events      not measured: how fast the log grows is not known\n",
        "  by event    USD 0.41 for 1,000,000 events of 64 KiB [vendor]\n",
        "  by event    CNY 0.0002 for an event [seed, unverified]\n",
    ] {
        assert!(dry.contains(line), "{line}: {dry}");
    }
    let mode = ["--mode", "CapacityUnitMode", "--dry-run", "--format", "json"];
    let bill = [&["stream", "billing", "orders", "--region", "cn-hangzhou"], &mode[..]].concat();
    let shown: Value = serde_json::from_str(&stage.good(&bill).await).unwrap();
    let costs = &shown[0]["costs"];
    assert_eq!((&costs["events"], &costs["format_version"]), (&Value::Null, &json!(1)));
    let vendor = &costs["books"][0];
    assert_eq!((&vendor["book"], &vendor["verified"]), (&json!("vendor"), &json!(true)));
    assert_eq!(vendor["by_capacity"]["amount_per_month"], "24.48");
    assert!(stage.simulator.journal().is_empty());
}

#[tokio::test]
async fn a_profile_signs_as_the_vendors_own_tools_do() {
    let stage = Stage::new().await;
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".aliyun")).unwrap();
    let key = json!({"access_key_id": "access-key-id", "access_key_secret": ACCESS_KEY[1].1});
    let mut good = json!({"name": "work", "mode": "AK"});
    good.as_object_mut().unwrap().extend(key.as_object().unwrap().clone());
    let role = json!({"name": "role", "mode": "RamRoleArn"});
    let config = json!({"current": "role", "profiles": [good, role]}).to_string();
    std::fs::write(home.path().join(".aliyun/config.json"), config).unwrap();
    let home = [("HOME", home.path().to_str().unwrap())];
    let list = ["stream", "list", "--region", "cn-hangzhou"];
    let run = stage.run_with(&[&list[..], &["--profile", "work"]].concat(), &home).await;
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains("chmod 600"), "{}", run.err);
    let run = stage.run_with(&list, &home).await;
    assert_eq!(run.code, 2, "{}", run.err);
    assert!(run.err.contains("has the mode \"RamRoleArn\""), "{}", run.err);
    assert_eq!(stage.simulator.journal().len(), 1);
}
