//! Compares the instructions per byte of hostile requests with the limit. The script `instructions`
//! runs it.
//!
//! Standard input is the output of `cargo bench --bench hostile -- --output-format=json`.

use std::error::Error;
use std::io;
use std::process::ExitCode;

use benches::counts;
use benches::hostile::{requests, LIMIT};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let requests = requests();
    let mut measured = Vec::new();
    for count in counts::read(io::stdin().lines())? {
        let hostile = requests.get(count.index).ok_or("the index of no request")?;
        let (_, len) = hostile.request();
        measured.push((count.instructions as f64 / len as f64, hostile.name()));
    }
    measured.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let above = measured.iter().filter(|(cost, _)| *cost > LIMIT).count();
    println!("{:40} instructions per byte", "hostile header");
    for (cost, name) in measured.iter().take(above.max(10)) {
        println!("{name:40} {cost:6.1}");
    }
    let total = measured.len();
    if above > 0 || total < requests.len() {
        println!(
            "{above} of {total} take more than {LIMIT}; there are {} requests",
            requests.len()
        );
        return Ok(ExitCode::FAILURE);
    }
    println!("{total} passed, 0 failed; the limit is {LIMIT}");
    Ok(ExitCode::SUCCESS)
}
