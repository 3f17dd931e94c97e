//! A control: a slider or a list, and the value typed beside it.

use pullstorm_core::control::{Control, Form, at_position, next, position};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// Steps of a slider.
const STEPS: u32 = 200;

#[derive(PartialEq, Properties)]
pub struct Props {
    /// What is turned.
    pub control: Control,
    /// What it is today, around which its slider is laid out.
    pub today: AttrValue,
    /// What it is now.
    pub value: AttrValue,
    /// What ids begin with, where a control is shown twice.
    #[prop_or("control")]
    pub prefix: &'static str,
    /// It was turned: path, value, and whether it is still moving.
    pub on_set: Callback<(String, String, bool)>,
}

/// One row.
#[component(ControlRow)]
pub fn control_row(props: &Props) -> Html {
    let Control {
        path, about, form, ..
    } = &props.control;
    let id = format!("{}-{}", props.prefix, path.replace('.', "-"));
    let id_of_label = id.clone();
    let set = |moving: bool| {
        let (on_set, path) = (props.on_set.clone(), path.clone());
        move |value: String| on_set.emit((path.clone(), value, moving))
    };
    let typed = {
        let set = set(false);
        Callback::from(move |event: yew::events::Event| {
            let input: HtmlInputElement = event.target_unchecked_into();
            let value = input.value().trim().to_owned();
            if !value.is_empty() {
                set(value);
            }
        })
    };
    let field = |id: String| {
        html! {
            <input {id} class="typed" value={props.value.clone()} onchange={typed.clone()}
                autocomplete="off" spellcheck="false" aria-label={format!("{path}, typed")} />
        }
    };
    let changed = props.value != props.today;
    let body = match form {
        Form::Choice(_) | Form::Flag => {
            let options = match form {
                Form::Choice(options) => options.clone(),
                _ => ["true", "false"]
                    .map(|it| (it.to_owned(), String::new()))
                    .to_vec(),
            };
            let set = set(false);
            let onchange = Callback::from(move |event: yew::events::Event| {
                let select: HtmlSelectElement = event.target_unchecked_into();
                set(select.value());
            });
            let known = options.iter().any(|(value, _)| props.value == *value);
            html! {
                <select {id} {onchange}>
                    if !known {
                        <option value={props.value.clone()} selected=true>{ &props.value }</option>
                    }
                    { for options.iter().map(|(value, about)| html! {
                        <option value={value.clone()} selected={props.value == *value}>
                            { option_text(value, about) }
                        </option>
                    }) }
                </select>
            }
        }
        Form::Text => field(id),
        Form::Count { .. } | Form::Quantity(_) => {
            let place = position(form, &props.today, &props.value);
            match place {
                None => field(id),
                Some(place) => {
                    let slide = |moving: bool| {
                        let set = set(moving);
                        let (form, today) = (form.clone(), props.today.clone());
                        move |value: f64| {
                            if let Some(text) = at_position(&form, &today, value / f64::from(STEPS))
                            {
                                set(text);
                            }
                        }
                    };
                    let (moving, settled) = (slide(true), slide(false));
                    let oninput = Callback::from(move |event: InputEvent| {
                        let input: HtmlInputElement = event.target_unchecked_into();
                        moving(input.value_as_number());
                    });
                    let onchange = Callback::from(move |event: yew::events::Event| {
                        let input: HtmlInputElement = event.target_unchecked_into();
                        settled(input.value_as_number());
                    });
                    // A step of the slider can be less than one of the value, and the slider goes
                    // back to where its value is: a key has to move the value.
                    let onkeydown = {
                        let set = set(true);
                        let (form, today) = (form.clone(), props.today.clone());
                        let value = props.value.clone();
                        Callback::from(move |event: KeyboardEvent| {
                            let is_up = match event.key().as_str() {
                                "ArrowRight" | "ArrowUp" => true,
                                "ArrowLeft" | "ArrowDown" => false,
                                _ => return,
                            };
                            event.prevent_default();
                            if let Some(text) = next(&form, &today, &value, STEPS, is_up) {
                                set(text);
                            }
                        })
                    };
                    let at = (place * f64::from(STEPS)).round().to_string();
                    html! {
                        <>
                            <input {id} type="range" min="0" max={STEPS.to_string()} value={at}
                                aria-valuetext={props.value.clone()} {oninput} {onchange} {onkeydown} />
                            { field(typed_id(props.prefix, path)) }
                        </>
                    }
                }
            }
        }
    };
    html! {
        <div class={classes!("control", changed.then_some("changed"))} title={about.clone()}>
            <label for={id_of_label}>
                { name_of(path) }<small>{ " " }{ place_of(path) }</small>
            </label>
            <div class="turn">{ body }</div>
        </div>
    }
}

/// `bucket burst` of `services.ecr.limiters.GetAuthorizationToken.bucket.burst`.
fn name_of(path: &str) -> String {
    let names: Vec<&str> = path.split('.').collect();
    let own = match names.as_slice() {
        [.., "bucket", last] => format!("bucket {last}"),
        [section, _, rest @ ..] if *section == "workloads" || *section == "services" => {
            rest.last().copied().unwrap_or_default().to_owned()
        }
        [.., last] => (*last).to_owned(),
        [] => String::new(),
    };
    own.replace('_', " ")
}

/// Where a value belongs: `ci`, `ecr GetAuthorizationToken`.
fn place_of(path: &str) -> String {
    let names: Vec<&str> = path.split('.').collect();
    match names.as_slice() {
        ["services", service, "limiters", limiter, ..] => format!("{service} {limiter}"),
        [_, owner, _] => (*owner).to_owned(),
        [_, owner, middle @ .., _] => format!("{owner} {}", middle.join(" ")),
        _ => String::new(),
    }
}

fn typed_id(prefix: &str, path: &str) -> String {
    let typed = if prefix == "control" {
        "typed".to_owned()
    } else {
        format!("typed-{prefix}")
    };
    format!("{typed}-{}", path.replace('.', "-"))
}

fn option_text(value: &str, about: &str) -> String {
    match about {
        "" => value.to_owned(),
        about => format!("{value} · {about}"),
    }
}
