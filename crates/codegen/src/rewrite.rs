//! Changes to the generated client that the generator has no setting for.

use syn::{
    Attribute, File, Ident, Item, ItemStruct, Meta, Path, Token, parse_quote,
    punctuated::Punctuated,
};

use crate::{Error, view};

/// Makes the generated types safe to log, open to new fields, and describable.
pub(crate) fn client(file: &mut File) -> Result<(), Error> {
    let types = types_module(file)?;
    for (schema, _) in view::replacements() {
        if types.iter().any(|item| is_struct(item, &schema)) {
            return Err(Error::missing(
                &format!("the replacement of {schema}"),
                "view::replacements",
            ));
        }
    }
    let mut debugs = Vec::new();
    for item in types.iter_mut() {
        if let Item::Struct(item) = item {
            hide_contents(item, &mut debugs)?;
            open_and_describable(item);
        }
    }
    if debugs.is_empty() {
        return Err(Error::missing("a struct in `types`", "rewrite::client"));
    }
    types.extend(debugs);
    Ok(())
}

fn types_module(file: &mut File) -> Result<&mut Vec<Item>, Error> {
    file.items
        .iter_mut()
        .find_map(|item| match item {
            Item::Mod(module) if module.ident == "types" => {
                module.content.as_mut().map(|(_, items)| items)
            }
            _ => None,
        })
        .ok_or_else(|| Error::missing("mod types", "rewrite::client"))
}

fn is_struct(item: &Item, name: &str) -> bool {
    matches!(item, Item::Struct(item) if item.ident == name)
}

/// Replaces a derived `Debug`, which prints chat text, by one that prints type and id.
fn hide_contents(item: &mut ItemStruct, debugs: &mut Vec<Item>) -> Result<(), Error> {
    if !remove_derive(&mut item.attrs, "Debug") {
        return Err(Error::missing(
            &format!("derive(Debug) on {}", item.ident),
            "hide_contents",
        ));
    }
    let name = &item.ident;
    let text = name.to_string();
    let ids = item
        .fields
        .iter()
        .filter_map(|field| field.ident.as_ref())
        .filter(|ident| ["id", "session_id", "file_id"].contains(&ident.to_string().as_str()))
        .map(|ident: &Ident| {
            let label = ident.to_string();
            quote::quote! { .field(#label, &self.#ident) }
        });
    debugs.push(parse_quote! {
        impl ::std::fmt::Debug for #name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_struct(#text) #(#ids)* .finish_non_exhaustive()
            }
        }
    });
    Ok(())
}

/// `#[non_exhaustive]`, since Zoom adds fields every few months; schemas behind a feature.
fn open_and_describable(item: &mut ItemStruct) {
    item.attrs.push(parse_quote! { #[non_exhaustive] });
    item.attrs
        .push(parse_quote! { #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))] });
}

fn remove_derive(attrs: &mut Vec<Attribute>, name: &str) -> bool {
    let mut removed = false;
    for attr in attrs {
        let Meta::List(list) = &attr.meta else {
            continue;
        };
        if !list.path.is_ident("derive") {
            continue;
        }
        let Ok(derives) = list.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated)
        else {
            continue;
        };
        let kept: Vec<&Path> = derives
            .iter()
            .filter(|path| path.segments.last().is_none_or(|last| last.ident != name))
            .collect();
        removed |= kept.len() < derives.len();
        *attr = parse_quote! { #[derive(#(#kept),*)] };
    }
    removed
}
