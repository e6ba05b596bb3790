//! Text format of the report.

/// Starts a table.
pub fn heading(title: &str, explanation: &str) {
    println!("\n{title}\n  {explanation}");
}

/// A row of a table: subject, time and remark.
pub fn row(what: &str, nanoseconds: f64, remark: &str) {
    println!("  {what:<52} {:>10}  {remark}", duration(nanoseconds));
}

/// A time in a suitable unit.
pub fn duration(nanoseconds: f64) -> String {
    match nanoseconds {
        ns if ns < 1e3 => format!("{ns:.1} ns"),
        ns if ns < 1e6 => format!("{:.2} us", ns / 1e3),
        ns if ns < 1e9 => format!("{:.2} ms", ns / 1e6),
        ns => format!("{:.2} s", ns / 1e9),
    }
}
