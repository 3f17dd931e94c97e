//! The gallery: incidents to begin with, one sentence and one number each.

use super::incidents::incidents;
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub struct Props {
    /// The name of the one that is shown.
    pub chosen: AttrValue,
    /// One was chosen, by name.
    pub on_choose: Callback<&'static str>,
}

/// A list of buttons.
#[component(Gallery)]
pub fn gallery(props: &Props) -> Html {
    html! {
        <nav class="gallery" aria-labelledby="gallery-title">
            <h2 id="gallery-title">{ "Incidents like yours" }</h2>
            <ul>
                { for incidents().map(|incident| {
                    let on_choose = props.on_choose.clone();
                    let onclick = Callback::from(move |_| on_choose.emit(incident.name));
                    let current = (props.chosen == incident.name).then_some("true");
                    html! {
                        <li>
                            <button type="button" id={format!("incident-{}", incident.name)}
                                aria-current={current} {onclick}>
                                <span class="sentence">{ incident.title }</span>
                                if !incident.number.is_empty() {
                                    <span class="number-of">
                                        <b>{ incident.number }</b>{ " " }{ incident.counts }
                                    </span>
                                }
                            </button>
                        </li>
                    }
                }) }
            </ul>
        </nav>
    }
}
