//! The table in the README.

use std::fmt::Write as _;
use std::path::Path;

use fetch_cors_benches::row::{Row, text};

const START: &str = "<!-- summary -->\n";
const END: &str = "<!-- end of summary -->\n";

/// Puts the rows between the two marks.
pub(crate) fn write(rows: &[Row]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&path).expect("a README");
    let (before, rest) = readme.split_once(START).expect("the README has the mark where the table starts");
    let (_, behind) = rest.split_once(END).expect("the README has the mark where the table ends");
    std::fs::write(&path, [before, START, &table(rows), END, behind].concat()).expect("the README can be written");
}

fn table(rows: &[Row]) -> String {
    let mut table =
        "| operation | n | ns | floor ns | instructions | floor | ratio | allocations | bytes | reach | met |\n\
                     |---|--:|--:|--:|--:|--:|--:|--:|--:|---|---|\n"
            .to_owned();
    for row in rows {
        let ratio = text(row.instruction_ratio().or(row.ratio()), 2);
        let [ns, floor_ns, instructions, floor] =
            [row.ns, row.floor_ns, row.instructions, row.floor_instructions].map(|value| text(value, 0));
        let [allocations, bytes] = [row.allocations, row.bytes].map(|value| text(value, 1).replace(".0", ""));
        let _ = writeln!(
            table,
            "| {} | {} | {ns} | {floor_ns} | {instructions} | {floor} | {ratio} | {allocations} | {bytes} | {} | {} |",
            row.name,
            row.n,
            row.reach,
            row.is_met()
        );
    }
    table
}
