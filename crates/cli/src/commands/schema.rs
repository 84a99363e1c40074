//! `schema`: prints the JSON Schema of an output.

use crate::{args::SchemaOf, exit::Exit, failure::Failure, schema::schemas, ui::stdout};

pub(crate) fn run(of: SchemaOf) -> Result<Exit, Failure> {
    for (name, schema) in schemas() {
        if name == of.name() {
            stdout::print_json(&schema)?;
        }
    }
    Ok(Exit::Complete)
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use crate::{args::SchemaOf, schema::schemas};

    #[test]
    fn every_output_has_a_schema_and_every_schema_a_name() {
        let names: Vec<_> = schemas().into_iter().map(|(name, _)| name).collect();
        let outputs: Vec<_> = SchemaOf::value_variants()
            .iter()
            .map(|of| of.name())
            .collect();
        assert_eq!(names, outputs);
    }
}
