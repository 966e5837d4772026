//! Which product or platform a server is found to be, by what each of them says of itself.

use super::{MySql, Variable};
use crate::facts::Fact;
use crate::{Flavour, Missing};

const MYSQL: &str = include_str!("../../../tests/facts/mysql.json");
const MARIADB: &str = include_str!("../../../tests/facts/mariadb-10.11.json");

fn recorded(text: &str) -> MySql {
    let document: serde_json::Value = serde_json::from_str(text).expect("JSON");
    serde_json::from_value(document["source"]["my_sql"].clone()).expect("facts")
}

/// A server with these words and variables, under this host name.
fn flavour(version: &str, comment: &str, variables: &[(&str, &str)], host: &str) -> Flavour {
    let mut db = recorded(if version.contains("MariaDB") { MARIADB } else { MYSQL });
    let Fact::Known(identity) = &mut db.identity else { panic!("an identity") };
    identity.version = version.into();
    identity.version_comment = comment.into();
    let Fact::Known(all) = &mut db.variables else { panic!("variables") };
    for (name, value) in variables {
        let variable = Variable { value: (*value).into(), source: None, persisted: None };
        all.insert((*name).to_owned(), variable);
    }
    db.flavour(host).expect("a flavour")
}

#[test]
fn products_are_told_by_their_own_words() {
    let gpl = "MySQL Community Server - GPL";
    let cases = [
        ("8.4.6", gpl, Flavour::MySql),
        ("8.0.46-0ubuntu0.24.04.5", "(Ubuntu)", Flavour::MySql),
        ("9.7.4-cloud", "MySQL Enterprise - Cloud", Flavour::HeatWave),
        ("10.11.18-MariaDB-0+deb12u1-log", "Debian 12", Flavour::MariaDb),
        ("5.5.5-10.6.22-MariaDB", "MariaDB Server", Flavour::MariaDb),
        ("8.0.36-28", "Percona Server (GPL), Release 28", Flavour::Percona),
        ("8.0.36-28.1", "Percona XtraDB Cluster (GPL), Release rel28", Flavour::Percona),
        ("8.0.31-google", "(Google)", Flavour::CloudSql),
        ("8.0.40-azure", gpl, Flavour::Azure),
        ("8.0.11-TiDB-v7.5.0", "TiDB Server (Apache License 2.0)", Flavour::LookAlike),
        ("5.7.25-OceanBase-v4.2.1.2", "OceanBase_CE 4.2.1.2", Flavour::LookAlike),
        ("8.0.30-Vitess", "Version: 19.0.0", Flavour::LookAlike),
        ("5.6.29-TDDL-5.4.15", "Tddl Server (ALIBABA)", Flavour::LookAlike),
        ("8.0.3-PolarDB-X-5.4.19", "PolarDB-X", Flavour::LookAlike),
        ("5.7.32", "SingleStoreDB source distribution", Flavour::LookAlike),
        ("5.7.99", "Doris version doris-2.1.0", Flavour::LookAlike),
        ("8.0.33", "StarRocks version 3.2", Flavour::LookAlike),
    ];
    for (version, comment, expected) in cases {
        assert_eq!(flavour(version, comment, &[], "db.example.com"), expected, "{version}");
    }
}

#[test]
fn platforms_are_told_by_variables_first_and_by_the_host_last() {
    let own = "db.example.com";
    let cases = [
        (&[("aurora_version", "3.05.2"), ("basedir", "/rdsdbbin/a/")][..], own, Flavour::Aurora),
        (&[("basedir", "/rdsdbbin/mysql-8.0.40.R1/")], own, Flavour::Rds),
        (&[("rds_allow_unsafe_alter_work_node", "OFF")], own, Flavour::AlibabaRds),
        (&[("polardb_version", "8.0.2.2.27")], own, Flavour::PolarDb),
        (&[], "db.c1.eu-west-1.rds.amazonaws.com", Flavour::Rds),
        (&[], "db.c1.cn-north-1.rds.amazonaws.com.cn", Flavour::Rds),
        (&[], "db.cluster-c1.eu-west-1.rds.amazonaws.com", Flavour::Aurora),
        (&[], "db.cluster-ro-c1.eu-west-1.rds.amazonaws.com", Flavour::Aurora),
        (&[], "db.mysql.database.azure.com", Flavour::Azure),
        (&[], "rm-1.mysql.rds.aliyuncs.com", Flavour::AlibabaRds),
        (&[], "pc-1.mysql.polardb.rds.aliyuncs.com", Flavour::PolarDb),
        (&[], "rds.amazonaws.com.example.com", Flavour::MySql),
        // A member of a cluster is one of its product; the cluster has a check of its own.
        (&[("wsrep_on", "ON")], own, Flavour::MySql),
    ];
    for (variables, host, expected) in cases {
        assert_eq!(flavour("8.0.40", "Source distribution", variables, host), expected, "{host}");
    }
    let maria = [("basedir", "/rdsdbbin/mariadb-10.11.8.R1/")];
    assert_eq!(flavour("10.11.8-MariaDB-log", "managed", &maria, own), Flavour::Rds);
}

#[test]
fn an_unknown_server_is_no_flavour() {
    let mut db = recorded(MYSQL);
    let because = "connection/auth".to_owned();
    db.identity = Fact::Missing(Missing::NotReached { because });
    assert!(db.flavour("db.c1.eu-west-1.rds.amazonaws.com").is_err());
}
