//! Writes a Rust block of some guides to files that the tests include.

use std::path::Path;
use std::{env, fs};

/// The names of the guides, and the index of the block.
const BLOCKS: [(&str, usize); 3] = [("browser", 1), ("lambda", 0), ("messages", 0)];

fn main() {
    let directory = env::var_os("OUT_DIR").expect("cargo sets it");
    for (name, index) in BLOCKS {
        let path = format!("../guides/{name}.md");
        println!("cargo::rerun-if-changed={path}");
        let guide = fs::read_to_string(path).expect("the guide exists");
        let block = guide.split("```rust").nth(index + 1);
        let (_, block) = block
            .and_then(|it| it.split_once('\n'))
            .expect("the guide has code");
        let (code, _) = block.split_once("```").expect("the block has an end");
        fs::write(Path::new(&directory).join(format!("{name}.rs")), code)
            .expect("cargo creates the directory");
    }
}
