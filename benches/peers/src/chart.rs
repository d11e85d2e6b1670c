//! The table as a chart: bars of cost over the floor, on a scale of powers of two.

use std::fmt::Write as _;

use crate::{Row, cost, peers};

const LEFT: f64 = 390.0;
const WIDTH: f64 = 430.0;
const BAR: f64 = 11.0;
/// Times the floor at the right edge: two to this power.
const POWERS: i32 = 6;

/// The chart of all rows.
pub(crate) fn svg(rows: &[Row]) -> String {
    let rows: Vec<&Row> = rows.iter().collect();
    let bars = |row: &Row| {
        row.cells.iter().filter(|cell| cell.side == "engine" || peers::SAME_OPERATION.contains(&cell.side)).count()
    };
    let height = rows.iter().fold(70.0, |sum, row| sum + bars(row) as f64 * (BAR + 1.0) + 8.0);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {height}\" font-family=\"sans-serif\" font-size=\"11\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"10\" y=\"18\" font-size=\"14\">Cost as a multiple of plain code (1 is the floor)</text>\n",
        LEFT + WIDTH + 60.0
    );
    let is_there = |name: &str| rows.iter().any(|row| row.cells.iter().any(|cell| label(cell.side) == name));
    for (index, (name, colour)) in LEGEND.iter().filter(|(name, _)| is_there(name)).enumerate() {
        let x = 10.0 + index as f64 * 180.0;
        let _ = writeln!(text, "<rect x=\"{x}\" y=\"28\" width=\"10\" height=\"10\" fill=\"{colour}\"/>");
        let _ = writeln!(text, "<text x=\"{}\" y=\"37\">{name}</text>", x + 15.0);
    }
    for power in 0..=POWERS {
        let x = LEFT + WIDTH * f64::from(power) / f64::from(POWERS);
        let _ = writeln!(text, "<line x1=\"{x}\" y1=\"58\" x2=\"{x}\" y2=\"{height}\" stroke=\"#ddd\"/>");
        let _ = writeln!(text, "<text x=\"{x}\" y=\"54\" text-anchor=\"middle\">{}</text>", 1 << power);
    }
    let mut y = 64.0;
    for row in rows {
        let Some(floor) = row.cells.iter().find(|cell| cell.side == "floor").map(cost) else { continue };
        let _ = writeln!(
            text,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
            LEFT - 8.0,
            y + BAR - 1.0,
            row.name
        );
        for cell in &row.cells {
            let Some((_, colour)) = LEGEND.iter().find(|(name, _)| *name == label(cell.side)) else { continue };
            let ratio = cost(cell) / floor;
            let width = (ratio.max(1.0).log2() / f64::from(POWERS) * WIDTH).clamp(1.0, WIDTH);
            let _ = writeln!(
                text,
                "<rect x=\"{LEFT}\" y=\"{y}\" width=\"{width:.1}\" height=\"{BAR}\" fill=\"{colour}\"/>"
            );
            let _ =
                writeln!(text, "<text x=\"{:.1}\" y=\"{:.1}\">{ratio:.1}</text>", LEFT + width + 4.0, y + BAR - 1.0);
            y += BAR + 1.0;
        }
        y += 8.0;
    }
    text.push_str("</svg>\n");
    text
}

const LEGEND: [(&str, &str); 2] = [("fetch-cors", "#2a7"), (peers::SAME_OPERATION[0], "#d70")];

fn label(side: &str) -> &str {
    if side == "engine" { "fetch-cors" } else { side }
}
