//! Writes the code of docs/guides/mcp.md to a file that tests/rmcp.rs includes.

use std::path::Path;
use std::{env, fs};

const GUIDE: &str = "../../../docs/guides/mcp.md";

fn main() {
    println!("cargo::rerun-if-changed={GUIDE}");
    let guide = fs::read_to_string(GUIDE).expect("the guide exists");
    let (_, after) = guide.split_once("```rust\n").expect("the guide has code");
    let (code, _) = after.split_once("```").expect("the block has an end");
    let directory = env::var_os("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&directory).join("guide.rs"), code).expect("cargo creates the directory");
}
