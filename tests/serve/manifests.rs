//! What operators copy fits this program: the Kubernetes manifests and the compose file.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

const ONE: &str = "examples/kubernetes/one-node.yaml";
const SEVERAL: &str = "examples/kubernetes/several-nodes.yaml";

fn text(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn documents(path: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(&text(path)).unwrap()
}

fn of_kind<'a>(documents: &'a [Value], kind: &str) -> &'a Value {
    let mut found = documents.iter().filter(|document| document["kind"] == kind);
    let one = found.next().unwrap_or_else(|| panic!("no {kind}"));
    assert!(found.next().is_none(), "two of {kind}");
    one
}

/// Every flag of the command, from its help.
fn help() -> String {
    let mut program = Command::new(env!("CARGO_BIN_EXE_cdc-preflight"));
    String::from_utf8(program.args(["serve", "--help"]).output().unwrap().stdout).unwrap()
}

fn assert_flags_exist<'a>(arguments: impl Iterator<Item = &'a str>, help: &str) {
    for argument in arguments.filter(|argument| argument.starts_with("--")) {
        let (flag, _) = argument.split_once('=').unwrap_or((argument, ""));
        let is_there = |follows: &str| help.contains(&format!("{flag}{follows}"));
        assert!(is_there(" ") || is_there("\n"), "serve has no {flag}");
    }
}

fn words(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().unwrap().iter().map(|word| word.as_str().unwrap())
}

#[test]
fn the_kubernetes_manifests_fit_this_program() {
    let (help, readme) = (help(), text("examples/kubernetes/README.md"));
    let openapi: Value = serde_json::from_str(&text("docs/openapi.json")).unwrap();
    for path in [ONE, SEVERAL] {
        let documents = documents(path);
        let spec = &of_kind(&documents, "Deployment")["spec"];
        let pod = &spec["template"]["spec"];
        let container = &pod["containers"][0];
        assert_eq!(words(&container["args"]).next(), Some("serve"));
        assert_flags_exist(words(&container["args"]), &help);
        for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
            let probed = container[probe]["httpGet"]["path"].as_str().unwrap();
            assert!(openapi["paths"][probed]["get"].is_object(), "{path}: {probed}");
        }
        let drain = words(&container["args"]).find_map(|word| word.strip_prefix("--drain="));
        let drain: u64 = drain.unwrap().parse().unwrap();
        assert!(pod["terminationGracePeriodSeconds"].as_u64().unwrap() >= drain + 10, "{path}");

        let security = &container["securityContext"];
        assert_eq!(pod["securityContext"]["runAsNonRoot"], true, "{path}");
        assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault", "{path}");
        assert_eq!(security["readOnlyRootFilesystem"], true, "{path}");
        assert_eq!(security["allowPrivilegeEscalation"], false, "{path}");
        assert_eq!(security["capabilities"]["drop"][0], "ALL", "{path}");
        assert_eq!(pod["automountServiceAccountToken"], false, "{path}");
        assert!(container["resources"]["limits"]["memory"].is_string(), "{path}");
        assert!(container["resources"]["requests"]["cpu"].is_string(), "{path}");

        // Every Secret is made in the README, and every mount has its volume.
        let volumes = pod["volumes"].as_array().unwrap();
        for mount in container["volumeMounts"].as_array().unwrap() {
            assert!(volumes.iter().any(|volume| volume["name"] == mount["name"]), "{mount}");
        }
        let mounted = volumes.iter().filter_map(|volume| volume["secret"]["secretName"].as_str());
        let given = container["envFrom"].as_array().unwrap().iter();
        let given = given.map(|from| from["secretRef"]["name"].as_str().unwrap());
        for secret in mounted.chain(given) {
            assert!(readme.contains(&format!(" {secret} ")), "{path}: who makes {secret}?");
        }
        let app = &spec["template"]["metadata"]["labels"];
        assert_eq!(&of_kind(&documents, "Service")["spec"]["selector"], app, "{path}");
        let budget = &of_kind(&documents, "PodDisruptionBudget")["spec"];
        assert_eq!(&budget["selector"]["matchLabels"], app, "{path}");
    }
    let one = documents(ONE);
    let spec = &of_kind(&one, "Deployment")["spec"];
    assert_eq!((&spec["replicas"], &spec["strategy"]["type"]), (&1.into(), &"Recreate".into()));
    let claim = &of_kind(&one, "PersistentVolumeClaim")["metadata"]["name"];
    let volumes = spec["template"]["spec"]["volumes"].as_array().unwrap();
    assert!(volumes.iter().any(|it| it["persistentVolumeClaim"]["claimName"] == *claim));
    assert!(text(SEVERAL).contains("cdc-preflight-store"), "the nodes share a store");
}

#[test]
fn the_service_of_the_compose_file_fits_this_program() {
    let compose: Value = serde_saphyr::from_str(&text("docker-compose.yml")).unwrap();
    let service = &compose["services"]["service"];
    assert_eq!(service["profiles"][0], "service", "`up` alone starts the gate");
    assert_eq!(words(&service["command"]).nth(1), Some("serve"));
    assert_flags_exist(words(&service["command"]), &help());
    for port in words(&service["ports"]) {
        assert!(port.starts_with("127.0.0.1:"), "others could call: {port}");
    }
}
