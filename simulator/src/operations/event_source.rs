//! The service's own looks at a MySQL source. The simulator visits no database: what it tells is
//! made up, in the published shape.

use serde_json::{Value, json};

use crate::Fault;
use crate::content::Fields;
use crate::reply::{Done, Outcome, Refusal};
use crate::rules::{Problems, Rule, parameters, text};

const KIND: &str = "SourceMySQLParameters";
/// The only check whose name is published.
const CHECK: &str = "CHECK_CONNECTION";

/// Says that the source can be reached, unless a fault says otherwise.
pub(super) fn test(fields: &Fields, fault: Option<&Fault>) -> Outcome {
    source(fields)?;
    let (message, succeeded) = match fault {
        Some(Fault::CheckFails) => ("The connection cannot be established.", "false"),
        _ => ("Connection established successfully.", "true"),
    };
    let item = json!({ "CheckItem": CHECK, "IsSucceed": succeeded, "ErrorMsg": message });
    Ok(Done::with("The event source is tested.", json!([item])))
}

/// Tells of one table, the asked one where one is asked for.
pub(super) fn discover(fields: &Fields) -> Outcome {
    let source = source(fields)?;
    let database = text(source, "DatabaseName").filter(|it| !it.is_empty()).unwrap_or("inventory");
    let example = format!("{database}.orders");
    let table = text(source, "TableName").filter(|it| !it.is_empty()).unwrap_or(&example);
    let columns = json!([
        { "Field": "id", "Type": "bigint", "IsNull": "NO", "Key": "PRI", "Extra": "" },
        { "Field": "note", "Type": "varchar(200)", "IsNull": "YES", "Key": "", "Extra": "" },
    ]);
    Ok(Done::with(
        "The event source is discovered.",
        json!({ "SourceMySQLDiscovery": {
            "DatabaseNames": [database],
            "TableNames": [table],
            "TableSchema": { "TableName": table, "Columns": columns },
            "EstimatedRows": 2,
            "SimpleData": "[{\"id\":1,\"note\":\"a\"},{\"id\":2,\"note\":null}]",
            "ExpireLogsDays": 30,
            "WaitTimeout": 28_800,
        }}),
    ))
}

/// The parameters of the source, when they obey the rules.
fn source(fields: &Fields) -> Result<&Fields, Refusal> {
    let mut problems = Problems::default();
    problems.require(fields, "", &[KIND], "is required");
    problems.apply(fields, "", KIND, Rule::Object);
    let source = fields.get(KIND).and_then(Value::as_object);
    if let Some(source) = source {
        parameters::check(&mut problems, KIND, source, &format!("{KIND}."));
    }
    problems.refuse()?;
    source.ok_or_else(|| Refusal::bad("InvalidParameter", format!("{KIND} must be an object.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(source: Value) -> Fields {
        Fields::from_iter([(KIND.to_owned(), source)])
    }

    #[test]
    fn a_check_tells_in_texts_whether_it_succeeded() {
        let source = fields(json!({"HostName": "h", "Port": 3306}));
        let told = |fault| test(&source, fault).expect("an answer").data.expect("data");
        let good = json!([{
            "CheckItem": "CHECK_CONNECTION", "IsSucceed": "true",
            "ErrorMsg": "Connection established successfully.",
        }]);
        assert_eq!(told(None), good);
        assert_eq!(told(Some(&Fault::CheckFails))[0]["IsSucceed"], "false");
    }

    #[test]
    fn the_source_is_looked_at() {
        for (source, code) in [
            (Value::Null, "MissingParameter"),
            (json!("{}"), "InvalidParameter"),
            (json!({"Port": 70_000}), "InvalidParameter"),
        ] {
            assert_eq!(test(&fields(source.clone()), None).expect_err("bad").code, code);
            assert_eq!(discover(&fields(source)).expect_err("bad").code, code);
        }
    }

    #[test]
    fn the_asked_table_is_discovered() {
        let source = fields(json!({"DatabaseName": "shop", "TableName": "shop.sales"}));
        let told = discover(&source).expect("an answer").data.expect("data");
        let told = &told["SourceMySQLDiscovery"];
        assert_eq!(told["DatabaseNames"], json!(["shop"]));
        assert_eq!(told["TableNames"], json!(["shop.sales"]));
        let id = json!({
            "Field": "id", "Type": "bigint", "IsNull": "NO", "Key": "PRI", "Extra": "",
        });
        assert_eq!(told["TableSchema"]["Columns"][0], id);
    }
}
